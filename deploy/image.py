"""Build the container image of the service: ``python -m deploy.image --kind cpu|gpu``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from deploy import base_image, bento, engine, podman, trial
from deploy.errors import BuildError, DeployError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """An image that was built.

    Parameters
    ----------
    image, image_id : str
        The name given, and the engine's identifier of the content.
    kind : "cpu" or "gpu"
    size_bytes : int
        Uncompressed, the base image included.
    engine, base, bento : str
        What built it ("podman 4.3.1"), where the base image came from, the bento's tag.
    seconds : float
        Wall-clock time of the whole build.
    """

    image: str
    image_id: str
    kind: bento.Kind
    size_bytes: int
    engine: str
    base: base_image.Origin
    bento: str
    seconds: float


def default_name(kind: bento.Kind) -> str:
    """Return the image's name when none is given."""
    return f"estante:{kind}"


def build(kind: bento.Kind, name: str | None = None, wanted_engine: str = "auto") -> Built:
    """Build the image of one kind.

    Parameters
    ----------
    kind : "cpu" or "gpu"
    name : str, optional
        ``estante:KIND`` when absent.
    wanted_engine : "auto", "docker" or "podman"

    Raises
    ------
    EngineError, BaseImageError, BuildError
    """
    start = time.monotonic()
    name = name or default_name(kind)
    found = engine.find(wanted_engine)
    origin = base_image.ensure(found)
    fitted = trial.fit(found, base_image.NAME)
    log.info("engine: %s %s%s", found.name, found.version, ", no cgroups" * bool(fitted.wrapper))
    log.info("base image: %s (%s)", base_image.NAME, origin)
    tag = bento.build(kind)
    log.info("bento: %s", tag)
    log.info("image: building %s", name)
    containerize(fitted, tag, name)
    inspected = fitted.call("image", "inspect", "--format", "{{.Id}} {{.Size}}", name)
    image_id, size = inspected.stdout.split()
    program = f"{found.name} {found.version}"
    seconds = round(time.monotonic() - start, 1)
    return Built(name, image_id, kind, int(size), program, origin, tag, seconds)


def containerize(fitted: engine.Engine, tag: str, name: str) -> None:
    """Run ``bentoml containerize``; its progress goes to stderr.

    Raises
    ------
    BuildError
        When it exits with anything but 0.
    """
    words = ["containerize", tag, "--backend", fitted.name, "--image-tag", name]
    environment = dict(os.environ)
    if fitted.name == "podman":
        # The base image is here by now, and bridged networks may not be: ask for neither.
        words += ["--opt", "pull-never", "--opt", "network=host"]
        environment |= podman.build_environment(fitted)
    elif fitted.call("buildx", "version").returncode != 0:
        environment["DOCKER_BUILDKIT"] = "0"  # BentoML asks for it, docker refuses without buildx
    command = [*fitted.wrapper, sys.executable, "-m", "bentoml", *words]
    done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BuildError(
            f"bentoml {' '.join(words)} failed with exit code {done.returncode}; "
            "its output above says at which step"
        )


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.image", description=__doc__)
    parser.add_argument("--kind", choices=bento.KINDS, default="gpu", help="default: gpu")
    parser.add_argument("--name", metavar="NAME:TAG", help="default: estante:KIND")
    parser.add_argument("--engine", choices=("auto", *engine.NAMES), default="auto")
    parser.add_argument(
        "--install-engine",
        action="store_true",
        default=os.environ.get("ESTANTE_INSTALL_ENGINE") == "1",
        help="as root on Debian, install podman and what it needs unless docker answers; "
        "ESTANTE_INSTALL_ENGINE=1 says the same",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        if arguments.install_engine:
            engine.install_missing()
        built = build(arguments.kind, arguments.name, arguments.engine)
    except DeployError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    line = f"{built.image} {built.size_bytes / 1e6:.0f} MB in {built.seconds:.0f} s"
    sys.stdout.write((json.dumps(asdict(built)) if arguments.json else line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
