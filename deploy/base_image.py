"""The image that ours starts from: present, else pulled, else made from Debian packages."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from deploy.engine import last_line, may_install
from deploy.errors import BaseImageError
from deploy.podman import cache_folder

if TYPE_CHECKING:
    from deploy.engine import Engine

log = logging.getLogger(__name__)

Origin = Literal["present", "pulled", "stand-in"]

NAME = "docker.io/library/python:3.11-slim"
LABEL = "estante.base"

_DEBIAN = "bookworm"  # the Debian release whose python3 is 3.11
_UNNEEDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
_CHANGES = (
    "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin",
    'CMD ["python3"]',
    f"LABEL {LABEL}=stand-in",
)


def ensure(engine: Engine) -> Origin:
    """Make sure the engine holds the base image; say where it came from.

    Returns
    -------
    "present", "pulled" or "stand-in"
        "stand-in": made here from Debian packages, now or earlier. The image carries the label
        ``estante.base=stand-in``, and so does every image built on it.

    Raises
    ------
    BaseImageError
        When it cannot be pulled and cannot be made here either.
    """
    template = f'{{{{index .Config.Labels "{LABEL}"}}}}'
    found = engine.call("image", "inspect", "--format", template, NAME)
    if found.returncode == 0:
        return "stand-in" if found.stdout.strip() == "stand-in" else "present"
    log.info("base image: pulling %s", NAME)
    pulled = engine.call("pull", NAME)
    if pulled.returncode == 0:
        return "pulled"
    refusal = last_line(pulled.stderr)
    obstacle = _obstacle()
    if obstacle:
        raise BaseImageError(
            f"cannot pull {NAME}: {refusal}\n"
            f"cannot make a stand-in either: {obstacle}\n"
            f"reach a registry, or load the image from a file: {engine.name} load -i FILE"
        )
    log.info("base image: not to be pulled (%s)", refusal)
    log.info("base image: making a stand-in from Debian %s packages (half a minute)", _DEBIAN)
    _make(engine)
    return "stand-in"


def _obstacle() -> str:
    """Return what keeps a stand-in from being made here; empty when nothing does."""
    if not may_install():
        return "that takes Debian, as root"
    if shutil.which("mmdebstrap") is None:
        return "mmdebstrap is missing (apt-get install mmdebstrap, or --install-engine)"
    if _uv() is None:
        return "uv is missing (requirements/uv.txt)"
    return ""


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def _make(engine: Engine) -> None:
    """Make the stand-in: minimal Debian, python3, certificates, and uv where the build looks."""
    exclusions = [f"--dpkgopt=path-exclude={pattern}" for pattern in _UNNEEDED]
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        archive = f"{folder}/base.tar"
        bootstrap = [
            "mmdebstrap",
            "--variant=minbase",
            "--include=ca-certificates,python3",
            *exclusions,
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            f"--customize-hook=copy-in {_uv()} /usr/local/bin",
            _DEBIAN,
            archive,
        ]
        made = subprocess.run(bootstrap, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise BaseImageError(f"mmdebstrap failed: {last_line(made.stderr)}")
        changes = [word for change in _CHANGES for word in ("--change", change)]
        imported = engine.call("import", *changes, archive, NAME)
        if imported.returncode != 0:
            raise BaseImageError(f"{engine.name} import failed: {last_line(imported.stderr)}")
