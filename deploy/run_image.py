"""Run a built image on 127.0.0.1 until it is stopped: ``python -m deploy.run_image``.

The container shares the host's network, so that it reaches an object store on 127.0.0.1, and
listens on 127.0.0.1 only. The variables AWS_* and ESTANTE_* are passed on; where one names a file
or folder of the host, the container sees that, read-only, under /mnt/estante. ESTANTE_CACHE stays
behind: the container keeps its own cache.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from deploy import bento, engine, image, trial
from deploy.errors import DeployError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = logging.getLogger(__name__)

PREFIXES = ("AWS_", "ESTANTE_")
STAYS_BEHIND = "ESTANTE_CACHE"
GRACE_SECONDS = 30.0  # what Kubernetes gives a container between SIGTERM and SIGKILL

_GPUS = {"docker": ("--gpus", "all"), "podman": ("--device", "nvidia.com/gpu=all")}


@dataclass(frozen=True)
class Container:
    """A running container.

    Parameters
    ----------
    url : str
        Where it listens.
    name : str
        What the engine calls it.
    process : subprocess.Popen
        The engine's command in the foreground; its exit code is the container's.
    """

    url: str
    name: str
    process: subprocess.Popen[bytes]

    def wait_ready(self, timeout: float) -> None:
        """Wait until /readyz answers 200.

        Raises
        ------
        RunError
            When the container ends first, or `timeout` seconds pass.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RunError(f"the container ended with exit code {self.process.returncode}")
            if _answers(f"{self.url}/readyz"):
                return
            time.sleep(0.1)
        raise RunError(f"{self.url}/readyz did not answer 200 within {timeout:.0f} seconds")

    def stop(self, fitted: engine.Engine) -> int:
        """Ask it to end with SIGTERM, remove it by force after 30 seconds; return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            fitted.call("rm", "--force", self.name)
            return self.process.wait()


@contextmanager
def running(
    name: str,
    port: int,
    environment: Mapping[str, str],
    *,
    wanted_engine: str = "auto",
    gpu: bool = False,
    timeout: float = 120.0,
    output: IO[bytes] | None = None,
) -> Iterator[Container]:
    """Run an image until the end of the block; it is ready when the block begins.

    Parameters
    ----------
    name : str
        The image.
    port : int
        A free port of 127.0.0.1.
    environment : mapping of str to str
        Variables for the container; see :func:`passed_on`.
    wanted_engine : "auto", "docker" or "podman"
    gpu : bool
        Give it the host's NVIDIA GPUs.
    timeout : float
        Seconds until it must be ready.
    output : file, optional
        Where the container's log goes; stderr when absent.

    Raises
    ------
    EngineError, RunError
    """
    _must_be_free(port)
    found = engine.find(wanted_engine)
    if found.call("image", "inspect", name).returncode != 0:
        raise RunError(
            f"{found.name} holds no image {name}; build it first: make image KIND=cpu|gpu"
        )
    fitted = trial.fit(found, name)
    container = _start(fitted, name, port, environment, gpu=gpu, output=output)
    try:
        container.wait_ready(timeout)
        yield container
    finally:
        container.stop(fitted)


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `environment` that a container is given."""
    return {
        key: value
        for key, value in environment.items()
        if key.startswith(PREFIXES) and key != STAYS_BEHIND
    }


def mounted(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Move paths of the host to where the container sees them.

    Returns
    -------
    environment : dict
        As given, except that a value that is the path of an existing file or folder, and not
        just a word, became the place inside.
    mounts : list of str
        ``HOST:INSIDE:ro`` for each of those.
    """
    inside = dict(environment)
    mounts = []
    for key, value in environment.items():
        if _is_path(value):
            inside[key] = f"/mnt/estante/{key.lower()}"
            mounts.append(f"{Path(value).resolve()}:{inside[key]}:ro")
    return inside, mounts


def _is_path(value: str) -> bool:
    """Tell whether a value names something of this host; a word or a token is none."""
    return "/" in value and os.path.exists(value)  # noqa: PTH110  pathlib raises for long texts


def _start(
    fitted: engine.Engine,
    name: str,
    port: int,
    environment: Mapping[str, str],
    *,
    gpu: bool,
    output: IO[bytes] | None,
) -> Container:
    inside, mounts = mounted(environment)
    inside |= {"BENTOML_HOST": "127.0.0.1", "BENTOML_PORT": str(port)}
    container_name = f"estante-{port}"
    options = ["--rm", "--name", container_name, "--network=host", *(_GPUS[fitted.name] * gpu)]
    options += [word for key in inside for word in ("--env", key)]  # values stay out of sight of ps
    options += [word for mount in mounts for word in ("--volume", mount)]
    process = subprocess.Popen(
        fitted.command("run", *options, name),
        env={**os.environ, **fitted.environment, **inside},
        stdout=output or sys.stderr,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for us: the container gets SIGTERM
    )
    return Container(f"http://127.0.0.1:{port}", container_name, process)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise RunError(f"port {port} is taken ({error.strerror}); name another") from error


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.run_image",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kind", choices=bento.KINDS, default="gpu", help="default: gpu")
    parser.add_argument("--name", metavar="NAME:TAG", help="default: estante:KIND")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "3000")
    parser.add_argument("--engine", choices=("auto", *engine.NAMES), default="auto")
    parser.add_argument("--no-gpu", action="store_true", help="run the GPU image without a GPU")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds until ready")
    arguments = parser.parse_args()
    name = arguments.name or image.default_name(arguments.kind)
    gpu = arguments.kind == "gpu" and not arguments.no_gpu
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the container either way
    try:
        with running(
            name,
            arguments.port,
            passed_on(os.environ),
            wanted_engine=arguments.engine,
            gpu=gpu,
            timeout=arguments.timeout,
        ) as container:
            sys.stdout.write(f"ready {container.url}\n")
            sys.stdout.flush()
            with suppress(KeyboardInterrupt):
                container.process.wait()
    except DeployError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"stopped, exit code {container.process.returncode}\n")
    return 0 if container.process.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
