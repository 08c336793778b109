"""How far a transfer of several files has come."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

# Told of the bytes moved since it was told last, and of the bytes in all.
Progress = Callable[[int, int], object]
# Told of the bytes moved since it was told last.
Moved = Callable[[int], object]


def of_total(progress: Progress | None, total: int) -> Moved:
    """Return what the parts of a transfer of ``total`` bytes tell."""
    return partial(_tell, progress, total) if progress else _ignore


def _tell(progress: Progress, total: int, moved: int) -> None:
    progress(moved, total)


def _ignore(_: int) -> None:
    pass
