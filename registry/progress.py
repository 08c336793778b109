"""How far a transfer of several files has come."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock

# Told of the bytes moved since it was told last, and of the bytes in all.
Progress = Callable[[int, int], object]
# Told of the bytes moved since it was told last.
Moved = Callable[[int], object]


def of_total(progress: Progress | None, total: int) -> Moved:
    """Return what the parts of a transfer of ``total`` bytes tell, from any thread."""
    return partial(_tell, progress, total, Lock()) if progress else _ignore


def _tell(progress: Progress, total: int, lock: Lock, moved: int) -> None:
    with lock:
        progress(moved, total)


def _ignore(_: int) -> None:
    pass
