"""The demo's work folder: one process at a time, and what the demo calls things."""

from __future__ import annotations

import fcntl
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from local.errors import WorkplaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path("var", "demo")
KIND = "store"  # the file that says which object store the demo filled last
BUCKET = "estante"
NAME = "complete-journey-types"
MODEL = f"s3://{BUCKET}/models/{NAME}"
ALIAS = f"{MODEL}@champion"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the work folder; being asked to end (SIGTERM) ends the context as Ctrl-C does.

    Raises
    ------
    WorkplaceError
        When it cannot be made, or another process holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkplaceError(f"{folder} cannot be made ({error}); name another --folder") from None
    signal.signal(signal.SIGTERM, _interrupt)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkplaceError(
                f"{folder} is in use by another make demo or make serve; stop that one first"
            ) from None
        yield


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
