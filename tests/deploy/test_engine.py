"""Engines are looked for on PATH: here it holds small scripts that answer as the real ones do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import engine
from deploy.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

NO_DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
REFUSED = "permission denied while trying to connect to the Docker daemon socket"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder on PATH, empty so far."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, body: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_docker_comes_first_when_its_daemon_answers(programs: Path) -> None:
    put(programs, "docker", "echo 27.3.1")
    put(programs, "podman", "echo 5.2.0")
    assert engine.find() == engine.Engine("docker", "27.3.1")


def test_a_docker_client_without_daemon_is_passed_over(programs: Path) -> None:
    put(programs, "docker", f"echo '{NO_DAEMON}' >&2; exit 1")
    put(programs, "podman", "echo 5.2.0")
    assert engine.find() == engine.Engine("podman", "5.2.0")


def test_an_engine_asked_for_by_name_is_the_only_one_tried(programs: Path) -> None:
    put(programs, "docker", "echo 27.3.1")
    put(programs, "podman", "echo 5.2.0")
    assert engine.find("podman").name == "podman"


def test_no_engine_says_so_for_each(programs: Path) -> None:
    with pytest.raises(EngineError) as caught:
        engine.find()
    assert "docker: not installed" in str(caught.value)
    assert "podman: not installed" in str(caught.value)


def test_the_reason_of_each_engine_is_quoted(programs: Path) -> None:
    put(programs, "docker", f"echo noise >&2; echo '{REFUSED}' >&2; exit 1")
    put(programs, "podman", "echo 'Error: cannot open storage' >&2; exit 125")
    with pytest.raises(EngineError) as caught:
        engine.find()
    assert f"docker: {REFUSED}" in str(caught.value)
    assert "podman: cannot open storage" in str(caught.value)


def test_the_advice_names_the_command_on_debian(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "is_debian", lambda: True)
    with pytest.raises(EngineError, match=r"apt-get install .*podman crun uidmap mmdebstrap"):
        engine.find()


def test_nothing_is_installed_where_it_may_not_be(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "apt-get", f"echo called >> {programs}/calls")
    monkeypatch.setattr(engine, "may_install", lambda: False)
    with pytest.raises(EngineError, match="cannot install podman crun uidmap mmdebstrap here"):
        engine.install_missing()
    assert not (programs / "calls").exists()


def test_installing_asks_only_for_what_is_missing(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "podman", "exit 1")
    put(programs, "apt-get", f'echo "$*" >> {programs}/calls')
    monkeypatch.setattr(engine, "may_install", lambda: True)
    engine.install_missing()
    calls = (programs / "calls").read_text().splitlines()
    assert calls[0].startswith("update")
    assert calls[1].endswith("--no-install-recommends crun uidmap mmdebstrap")


def test_nothing_is_installed_beside_a_docker_that_answers(programs: Path) -> None:
    put(programs, "docker", "echo 27.3.1")
    put(programs, "apt-get", f"echo called >> {programs}/calls")
    engine.install_missing()
    assert not (programs / "calls").exists()


def test_a_wrapper_stands_before_the_engine() -> None:
    wrapped = engine.Engine("podman", "5.2.0", wrapper=("unshare", "--mount"))
    assert wrapped.command("pull", "x") == ["unshare", "--mount", "podman", "pull", "x"]
