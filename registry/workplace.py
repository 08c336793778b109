"""A folder in which one process at a time makes a model, and that outlives a killed one."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def workplace(root: Path, digest: str) -> Iterator[Path]:
    """Give ``unfinished/HEX/`` to one process, or thread, at a time: to who holds ``locks/HEX``.

    Others wait; the lock of a killed process is free. What it left, or one that failed, is in the
    folder, which is removed when the context ends well.

    Parameters
    ----------
    root
        A folder on the file system where the model will be; made if missing.
    digest
        The model's: ``sha256:`` and HEX.
    """
    name = digest.removeprefix("sha256:")
    (root / "locks").mkdir(parents=True, exist_ok=True)
    with (root / "locks" / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = root / "unfinished" / name
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        shutil.rmtree(folder)
