"""The real service on this machine, for as long as it is needed."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import ports, processes
from local.errors import PortTakenError
from local.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.processes import Child

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 3000
PORT_MAX = 65_535
_READY_SECONDS = 120.0
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class RunningService:
    """A service that answers."""

    url: str
    child: Child


@contextmanager
def started(
    model: str,
    folder: Path,
    *,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    module: str = "service",
) -> Iterator[RunningService]:
    """Run ``bentoml serve service:Estante`` on the loopback address; stop it at the end.

    Parameters
    ----------
    model
        URI of the model to serve.
    folder
        Its log and BentoML's own files; made if missing.
    port
        Where to listen; the first free one from 3000 if not given.
    environment
        Variables to set beside this process's own, as those of an object store.
    module
        Where ``Estante`` is; another one than the service's serves it otherwise.

    Yields
    ------
    RunningService
        Ready: its model is loaded.

    Raises
    ------
    PortTakenError
        When ``port`` is not free, or none.
    StartError
        When the service ended, or was not ready in time.
    """
    if port is not None and not 1 <= port <= PORT_MAX:
        raise PortTakenError(f"port {port} does not exist; give one from 1 to {PORT_MAX}")
    if port is not None and not ports.is_free(port):
        raise PortTakenError(
            f"port {port} on {LOOPBACK} is taken: stop what uses it, or give another port"
        )
    folder.mkdir(parents=True, exist_ok=True)
    chosen = ports.next_free(FIRST_PORT) if port is None else port
    command = [sys.executable, "-m", "bentoml", "serve", f"{module}:Estante"]
    variables = {
        "BENTOML_DO_NOT_TRACK": "True",
        # Two servers that share BentoML's folder remove each other's files.
        "BENTOML_HOME": str(folder.absolute() / "bentoml"),
        "ESTANTE_DRAIN_SECONDS": "0",  # nobody else sends requests here
        "ESTANTE_MODEL": model,
        "OMP_NUM_THREADS": "1",
    }
    with processes.start(
        "the service",
        [*command, "--host", LOOPBACK, "--port", str(chosen)],
        log=folder / "service.log",
        environment=variables | dict(environment or {}),
        folder=ROOT,
        patience=_PATIENCE_SECONDS,
    ) as child:
        url = f"http://{LOOPBACK}:{chosen}"
        child.wait_until_ready(lambda: _obstacle(url), _READY_SECONDS)
        yield RunningService(url, child)


def _obstacle(url: str) -> str | None:
    """Ask /readyz, which is red until the model is loaded and says why."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310  loopback
            return None
    except urllib.error.HTTPError as error:
        return f"/readyz: {error.code} {error.read().decode(errors='replace')[:300]}"
    except OSError as error:
        return str(error)
