"""What podman is given where there are no cgroups, or a certificate authority of one's own."""

from __future__ import annotations

import resource
import tomllib
from pathlib import Path

import pytest

from deploy import podman
from deploy.engine import Engine

PLAIN = Engine("podman", "5.2.0")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the settings out of the user's cache folder, and the host's certificates out of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return tmp_path


def settings(environment: dict[str, str]) -> dict[str, dict[str, object]]:
    return tomllib.loads(Path(environment["CONTAINERS_CONF"]).read_text())


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


def test_containers_without_cgroups_ask_for_none() -> None:
    fitted = podman.without_cgroups(PLAIN)
    assert fitted.wrapper[:2] == ("unshare", "--mount")
    assert settings(dict(fitted.environment))["containers"]["cgroups"] == "disabled"


def test_no_limit_is_asked_for_that_this_process_does_not_have() -> None:
    limits = settings(dict(podman.without_cgroups(PLAIN).environment))["containers"]
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert f"nofile={min(files, 20_000)}:{min(files, 20_000)}" in limits["default_ulimits"]  # type: ignore[operator]
