"""Running an image: what is passed on, and what is said when it cannot be run."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from deploy import run_image
from deploy.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path


def test_only_the_variables_of_storage_and_service_are_passed_on() -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "key",
        "ESTANTE_MODEL": "s3://b/p/n@champion",
        "ESTANTE_CACHE": "/home/me/.cache",
        "HOME": "/home/me",
    }
    assert run_image.passed_on(environment) == {
        "AWS_ACCESS_KEY_ID": "key",
        "ESTANTE_MODEL": "s3://b/p/n@champion",
    }


def test_a_file_of_the_host_is_seen_inside_read_only(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    given = {"AWS_CA_BUNDLE": str(bundle), "ESTANTE_MODEL": "s3://b/p/n:1", "AWS_PROFILE": ""}
    environment, mounts = run_image.mounted(given)
    assert environment == {**given, "AWS_CA_BUNDLE": "/mnt/estante/aws_ca_bundle"}
    assert mounts == [f"{bundle}:/mnt/estante/aws_ca_bundle:ro"]


def test_a_taken_port_is_refused_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(RunError, match=f"port {port} is taken"),
            run_image.running("estante:cpu", port, {}),
        ):
            pass


def test_an_image_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    podman = tmp_path / "podman"
    podman.write_text('#!/bin/sh\n[ "$1" = info ] && echo 5.2.0\n')
    podman.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        pytest.raises(RunError, match="podman holds no image estante:cpu; build it first"),
        run_image.running("estante:cpu", port, {}),
    ):
        pass


def test_a_long_token_or_a_word_is_no_path(tmp_path, monkeypatch):
    (tmp_path / "word").touch()
    monkeypatch.chdir(tmp_path)
    given = {"AWS_SESSION_TOKEN": "x/" + "y" * 5000, "AWS_PROFILE": "word"}
    assert run_image.mounted(given) == (given, [])
