"""The base image: present, pulled, or made; and what is said when none of these is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import base_image
from deploy.engine import Engine
from deploy.errors import BaseImageError

if TYPE_CHECKING:
    from pathlib import Path

PODMAN = Engine("podman", "5.2.0")


def podman_that(folder: Path, monkeypatch: pytest.MonkeyPatch, *, inspect: str, pull: str) -> None:
    program = folder / "podman"
    program.write_text(f'#!/bin/sh\ncase "$1" in image) {inspect};; pull) {pull};; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_present_image_is_not_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    podman_that(tmp_path, monkeypatch, inspect="echo", pull="exit 1")
    assert base_image.ensure(PODMAN) == "present"


def test_a_stand_in_made_earlier_is_still_called_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    podman_that(tmp_path, monkeypatch, inspect="echo stand-in", pull="exit 1")
    assert base_image.ensure(PODMAN) == "stand-in"


def test_an_absent_image_is_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    podman_that(
        tmp_path, monkeypatch, inspect="exit 1", pull='[ "$2" = "' + base_image.NAME + '" ]'
    )
    assert base_image.ensure(PODMAN) == "pulled"


@pytest.mark.parametrize(
    ("may_install", "obstacle"),
    [(False, "that takes Debian, as root"), (True, "mmdebstrap is missing")],
)
def test_a_refused_pull_says_why_and_what_to_do(
    may_install: bool, obstacle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = 'echo "Error: toomanyrequests: pull rate limit" >&2; exit 125'
    podman_that(tmp_path, monkeypatch, inspect="exit 1", pull=refusal)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(base_image, "may_install", lambda: may_install)
    with pytest.raises(BaseImageError) as caught:
        base_image.ensure(PODMAN)
    message = str(caught.value)
    assert f"cannot pull {base_image.NAME}: toomanyrequests: pull rate limit" in message
    assert obstacle in message
    assert "podman load -i FILE" in message
