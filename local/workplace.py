"""The demo's work folder, ``var/demo``: one process at a time."""

from __future__ import annotations

import fcntl
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from local.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path("var", "demo")
BUCKET = "estante"
NAME = "complete-journey-types"
MODEL_PREFIX = f"s3://{BUCKET}/models/{NAME}"
ALIAS = f"{MODEL_PREFIX}@champion"


@contextmanager
def held() -> Iterator[Path]:
    """Hold the work folder; being asked to end ends the context as Ctrl-C does.

    Raises
    ------
    BusyError
        When another process holds it.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(
                f"{FOLDER} is in use by another make demo or make serve; stop that one first"
            ) from None
        yield FOLDER


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
