"""One thing that a set-up store has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Step:
    """What there should be, and how it comes to be.

    Parameters
    ----------
    what
        In words: "versioning of the bucket".
    state
        What is there: "on", "missing", or what the server does about it itself.
    apply
        Makes it so; None if it is so already, or cannot be made so from here.
    """

    what: str
    state: str
    apply: Callable[[], object] | None = None
