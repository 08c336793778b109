"""How far long work has come, at a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.progress import Progress

_AFTER_SECONDS = 2


@contextmanager
def bar(what: str, unit: str = "B") -> Iterator[Progress]:
    """Show how much has been done, in bytes or so, at a terminal and if it takes a while."""
    with tqdm(
        desc=what, unit=unit, unit_scale=True, delay=_AFTER_SECONDS, disable=None, leave=False
    ) as shown:

        def show(moved: int, total: int) -> None:
            shown.total = total
            shown.update(moved)

        yield show
