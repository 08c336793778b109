"""How far long work has come: a bar on standard error, after two seconds, at a terminal only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")
_DELAY_SECONDS = 2


def bar(steps: Sequence[T], what: str, unit: str, *, shown: bool) -> Iterable[T]:
    """Return the steps, to be gone through under a bar."""
    disable = None if shown else True  # None: where standard error is no terminal
    return tqdm(steps, what, unit=unit, delay=_DELAY_SECONDS, leave=False, disable=disable)
