"""Building, with a stand-in for the Go compiler: the real build takes five minutes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import minio
from local.errors import BuildError

GO = """#!/bin/sh
if [ "$1" = version ]; then echo go version go{version} linux/amd64; exit; fi
echo "$@" >> "{folder}/calls"
sleep 0.3
{build}
"""


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "estante" / "bin"


@pytest.fixture
def install_go(monkeypatch, tmp_path):
    def install(build='echo a server > "$GOBIN/minio"', version="1.26.1"):
        program = tmp_path / "go"
        program.write_text(GO.format(folder=tmp_path, build=build, version=version))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return install


def test_it_is_built_once_and_says_so(cache, install_go, tmp_path, capfd):
    install_go()

    assert minio.binary() == minio.binary() == cache / "minio"

    assert (cache / "minio").read_text() == "a server\n"
    assert (tmp_path / "calls").read_text() == f"install {minio.MODULE}\n"
    assert "this takes about five minutes" in capfd.readouterr().err


def test_builders_at_the_same_time_build_once(cache, install_go, tmp_path):
    install_go()
    command = [sys.executable, "-m", "local.minio"]
    builders = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = [builder.communicate() for builder in builders]

    assert [out for out, _ in outputs] == [f"{cache / 'minio'}\n"] * 3
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
    assert sum("waiting for another process" in err for _, err in outputs) >= 1
    assert sorted(path.name for path in cache.iterdir()) == ["minio", "minio.lock"]


def test_a_failed_build_leaves_nothing_and_shows_the_end_of_the_output(cache, install_go):
    install_go(build='echo half > "$GOBIN/minio"; echo no space left >&2; exit 3')

    with pytest.raises(BuildError, match=r"MinIO could not be built.*ended with 3: no space left"):
        minio.binary()

    assert [path.name for path in cache.iterdir()] == ["minio.lock"]


def test_the_command_fails_with_one_line(cache, install_go, capfd, monkeypatch):
    install_go(build="exit 3")

    assert minio.main() == 1

    assert capfd.readouterr().err.splitlines()[-1].startswith("error: MinIO could not be built")


def test_an_old_compiler_is_not_used(cache, install_go, monkeypatch):
    install_go(version="1.19.8")
    installed = []
    monkeypatch.setattr(minio, "_install_go", installed.append)

    assert minio._go() == cache.parent / "go" / minio.GO_PACKAGE / "go" / "bin" / "go"
    assert installed == [Path(cache.parent / "go" / minio.GO_PACKAGE)]
