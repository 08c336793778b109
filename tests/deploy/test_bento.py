"""The bento of the real service: what is in it, and what its image will be built from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from deploy import base_image, bento
from deploy.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGES = ("recommender", "registry", "serving")
LOCKS: dict[bento.Kind, str] = {"cpu": "serving.txt", "gpu": "gpu.txt"}


@pytest.fixture(scope="module", params=bento.KINDS)
def kind(request: pytest.FixtureRequest) -> bento.Kind:
    parameter: bento.Kind = request.param
    return parameter


@pytest.fixture(scope="module")
def built(kind: bento.Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Build the bento in a store of its own; return its folder."""
    home = tmp_path_factory.mktemp("bentoml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        patch.setenv("BENTOML_DO_NOT_TRACK", "True")
        patch.delenv("ESTANTE_MODEL", raising=False)
        name, version = bento.build(kind).split(":")
        yield home / "bentos" / name / version


def files_below(folder: Path) -> set[str]:
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_bento_holds_the_serving_packages_whole_and_nothing_else(built: Path) -> None:
    packages = {f"{name}/{file}" for name in PACKAGES for file in files_below(bento.ROOT / name)}
    generated = {"bentofile.yaml"}
    assert files_below(built / "src") == packages | generated | {"service.py"}


def test_the_pins_and_their_hashes_reach_the_image_unchanged(kind: bento.Kind, built: Path) -> None:
    def pins(text: str) -> set[str]:
        return set(re.findall(r"^[\w.\[\]-]+==[^\s;]+", text, re.MULTILINE))

    ours = (bento.ROOT / "requirements" / LOCKS[kind]).read_text()
    theirs = (built / "env/python/requirements.txt").read_text()
    assert pins(theirs) == pins(ours)
    hashes = re.findall(r"--hash=sha256:\w{64}", ours)
    assert re.findall(r"--hash=sha256:\w{64}", theirs) == hashes
    assert "://" not in theirs  # no package index is named


def test_only_the_gpu_image_holds_torch_and_asks_for_gpus(kind: bento.Kind, built: Path) -> None:
    requirements = (built / "env/python/requirements.txt").read_text()
    dockerfile = (built / "env/docker/Dockerfile").read_text()
    assert ("\ntorch==" in requirements) == (kind == "gpu")
    assert ("NVIDIA_VISIBLE_DEVICES=all" in dockerfile) == (kind == "gpu")
    assert ("NVIDIA_DRIVER_CAPABILITIES=compute,utility" in dockerfile) == (kind == "gpu")


def test_the_image_starts_from_slim_python_and_adds_no_compiler(built: Path) -> None:
    dockerfile = (built / "env/docker/Dockerfile").read_text()
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == [base_image.NAME]
    assert "uv venv --python 3.11 " in dockerfile
    assert "apt-get" not in dockerfile


def test_the_container_runs_as_an_ordinary_user_and_tells_nobody(built: Path) -> None:
    dockerfile = (built / "env/docker/Dockerfile").read_text()
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE) == ["bentoml"]
    variables = dict(re.findall(r"^ARG (\w+)=(\S+)", dockerfile, re.MULTILINE))
    assert variables["BENTOML_DO_NOT_TRACK"] == "True"
    assert variables["OMP_NUM_THREADS"] == "1"
    assert variables["BENTOML_HOST"] == "0.0.0.0"


def test_a_bento_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"bentoml build .*deploy/bentofile\.cpu\.yaml"):
        bento.build("cpu", root=tmp_path)
