"""Try an engine: installed is one thing, able to run a container here another."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from deploy import podman
from deploy.engine import last_line
from deploy.errors import EngineError

if TYPE_CHECKING:
    from deploy.engine import Engine


def fit(engine: Engine, image: str) -> Engine:
    """Return the engine in the form in which it runs a container on this machine.

    Parameters
    ----------
    engine : Engine
    image : str
        An image that is present, holding the program ``true``.

    Raises
    ------
    EngineError
        When no form runs; the message quotes the reason of each.
    """
    candidates = [engine]
    if engine.name == "podman" and os.geteuid() == 0:
        candidates.append(podman.without_cgroups(engine))
    reasons = []
    for candidate in candidates:
        trial = candidate.call("run", "--rm", "--network=host", "--entrypoint=true", image)
        if trial.returncode == 0:
            return candidate
        reasons.append(f"  {last_line(trial.stderr)}")
    message = f"{engine.name} is installed, but cannot run a container here"
    raise EngineError("\n".join([message, *reasons]))
