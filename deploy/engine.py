"""Find a container engine that works: docker with a daemon that answers, else podman."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from deploy.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

EngineName = Literal["docker", "podman"]
NAMES: tuple[EngineName, ...] = get_args(EngineName)

PACKAGES = {"podman": "podman", "crun": "crun", "newuidmap": "uidmap", "mmdebstrap": "mmdebstrap"}
"""Debian package of each program that an image can be built with where nothing is installed."""

_QUESTIONS: dict[EngineName, tuple[str, ...]] = {
    "docker": ("version", "--format", "{{.Server.Version}}"),  # fails when no daemon answers
    "podman": ("info", "--format", "{{.Version.Version}}"),  # fails when storage cannot be opened
}


@dataclass(frozen=True)
class Engine:
    """A container engine, and how it is called on this machine.

    Parameters
    ----------
    name : "docker" or "podman"
    version : str
        The daemon's version for docker, the program's for podman.
    wrapper : tuple of str
        Words before every command, such as the entry into a mount namespace; usually none.
    environment : mapping of str to str
        Variables added to those of this process; usually none.
    """

    name: EngineName
    version: str
    wrapper: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        """Return the full command line of one call of the engine."""
        return [*self.wrapper, self.name, *words]

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the engine to its end; the exit code is the caller's to read."""
        return subprocess.run(
            self.command(*words),
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )


def find(wanted: str = "auto") -> Engine:
    """Return the first engine that answers.

    Parameters
    ----------
    wanted : "auto", "docker" or "podman"

    Raises
    ------
    EngineError
        When none answers. The message names each engine with its reason, and what to install.
    """
    reasons = []
    for name in NAMES:
        if wanted not in ("auto", name):
            continue
        version, reason = _ask(name)
        if version:
            return Engine(name, version)
        reasons.append(f"  {name}: {reason}")
    raise EngineError("\n".join(["no container engine works here", *reasons, _advice()]))


def install_missing() -> None:
    """Install podman and what it needs from Debian packages, unless docker already answers.

    Raises
    ------
    EngineError
        When this is not Debian, or not root, or when apt-get fails.
    """
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if not missing or _ask("docker")[0]:
        return
    if not may_install():
        raise EngineError(f"cannot install {' '.join(missing)} here\n{_advice()}")
    log.info("installing Debian packages: %s", " ".join(missing))
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing]
    for words in (["apt-get", "update", "--quiet"], install):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EngineError(f"{' '.join(words)} failed:\n{done.stderr.strip()}")


def is_debian() -> bool:
    """Whether this system is Debian or derived from it."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    return "debian" in (release["ID"], *release.get("ID_LIKE", "").split())


def may_install() -> bool:
    """Whether this process may install Debian packages."""
    return is_debian() and os.geteuid() == 0


def last_line(text: str) -> str:
    """Return the last line that says something, as a reason to quote."""
    lines = [line.strip().removeprefix("Error: ") for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it failed without a word"


def _ask(name: EngineName) -> tuple[str, str]:
    """Return the engine's version, or an empty one and the reason."""
    if shutil.which(name) is None:
        return "", "not installed"
    try:
        done = subprocess.run(
            [name, *_QUESTIONS[name]], capture_output=True, text=True, check=False, timeout=30
        )
    except subprocess.TimeoutExpired:
        return "", "did not answer within 30 seconds"
    version = done.stdout.strip()
    if done.returncode == 0 and version:
        return version, ""
    return "", last_line(done.stderr)


def _advice() -> str:
    packages = " ".join(PACKAGES.values())
    if not is_debian():
        return "install docker or podman, start it, and try again"
    return (
        f"as root: apt-get install --no-install-recommends {packages}\n"
        "or let this command do it: --install-engine (make image ESTANTE_INSTALL_ENGINE=1)"
    )
