"""Following an alias: whoever serves what it names is told of each promotion."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from registry import aliases
from registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from registry.aliases import Generation
    from registry.store import Store
    from registry.uri import S3URI

_POLL_SECONDS = 0.5


def poll_seconds(environment: Mapping[str, str] = os.environ) -> float:
    """Return how long a follower waits between two looks: ESTANTE_POLL_SECONDS, or half a second.

    Raises
    ------
    RegistryError
        If the variable is no such number.
    """
    text = environment.get("ESTANTE_POLL_SECONDS") or str(_POLL_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise RegistryError(f"ESTANTE_POLL_SECONDS is {text!r}; it must be a number above 0")
    return seconds


def wait(store: Store, uri: S3URI, after: int, stop: Event) -> Generation | None:
    """Wait until an alias has a newer generation than ``after``; return its newest.

    Parameters
    ----------
    after
        The generation that is known, 0 for none.
    stop
        Ends the waiting from another thread.

    Returns
    -------
    Generation or None
        None if it was stopped before.

    Raises
    ------
    StoreError
        If the store cannot be asked: what was known is still the best known; wait again.
    """
    seconds = poll_seconds()
    while not stop.is_set():
        found = aliases.newer(store, uri, after)
        if found is not None:
            return found
        stop.wait(seconds)
    return None
