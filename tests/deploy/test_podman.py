"""Which form of an engine runs containers, and what its build steps are given."""

from __future__ import annotations

import os
import resource
import tomllib
from pathlib import Path

import pytest

from deploy import podman
from deploy.engine import Engine
from deploy.errors import EngineError

PLAIN = Engine("podman", "5.2.0")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the settings out of the user's cache folder, and the host's certificates out of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return tmp_path


def settings(environment: dict[str, str]) -> dict[str, dict[str, object]]:
    return tomllib.loads(Path(environment["CONTAINERS_CONF"]).read_text())


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
    assert podman.fit(PLAIN, "base") is PLAIN


@pytest.mark.skipif(os.geteuid() != 0, reason="a mount namespace of one's own takes root")
def test_podman_that_runs_no_container_plainly_is_tried_without_cgroups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_on_path(tmp_path, monkeypatch, '[ -n "$CONTAINERS_CONF" ]')
    fitted = podman.fit(PLAIN, "base")
    assert fitted.wrapper[:2] == ("unshare", "--mount")
    assert settings(dict(fitted.environment))["containers"]["cgroups"] == "disabled"


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_an_engine_that_runs_nothing_is_refused_with_its_reason(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_on_path(tmp_path, monkeypatch, "echo 'Error: no cgroup mount' >&2; exit 126")
    with pytest.raises(EngineError, match=rf"{name} is installed.*\n  no cgroup mount"):
        podman.fit(Engine(name, "1"), "base")  # type: ignore[arg-type]


def test_a_plain_build_needs_no_settings() -> None:
    assert podman.build_environment(PLAIN) == {"DOCKER_BUILDKIT": "1"}


def test_build_steps_see_the_certificates_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/corporate.pem")
    containers = settings(podman.build_environment(PLAIN))["containers"]
    assert "/etc/corporate.pem:/etc/ssl/certs/ca-certificates.crt:ro" in containers["volumes"]  # type: ignore[operator]
    assert set(containers) == {"volumes"}


def test_a_build_without_cgroups_runs_its_steps_in_a_chroot() -> None:
    environment = podman.build_environment(podman.without_cgroups(PLAIN))
    assert environment["BUILDAH_ISOLATION"] == "chroot"
    assert settings(environment)["engine"]["cgroup_manager"] == "cgroupfs"


def test_no_limit_is_asked_for_that_this_process_does_not_have() -> None:
    limits = settings(dict(podman.without_cgroups(PLAIN).environment))["containers"]
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert f"nofile={min(files, 20_000)}:{min(files, 20_000)}" in limits["default_ulimits"]  # type: ignore[operator]
