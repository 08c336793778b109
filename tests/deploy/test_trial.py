"""Which form of an engine runs containers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from deploy import trial
from deploy.engine import Engine
from deploy.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Engine("podman", "5.2.0")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings out of the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def engine_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    for name in ("docker", "podman"):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_an_engine_that_runs_containers_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_on_path(tmp_path, monkeypatch, "exit 0")
    assert trial.fit(PLAIN, "base") is PLAIN


@pytest.mark.skipif(os.geteuid() != 0, reason="a mount namespace of one's own takes root")
def test_podman_that_runs_no_container_plainly_is_tried_without_cgroups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_on_path(tmp_path, monkeypatch, '[ -n "$CONTAINERS_CONF" ]')
    fitted = trial.fit(PLAIN, "base")
    assert fitted.wrapper[:2] == ("unshare", "--mount")
    assert set(fitted.environment) == {"CONTAINERS_CONF"}


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_an_engine_that_runs_nothing_is_refused_with_its_reason(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_on_path(tmp_path, monkeypatch, "echo 'Error: no cgroup mount' >&2; exit 126")
    with pytest.raises(EngineError, match=rf"{name} is installed.*\n  no cgroup mount"):
        trial.fit(Engine(name, "1"), "base")  # type: ignore[arg-type]
