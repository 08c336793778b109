"""Says that the store does not answer, when it does not for a while."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from registry import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

_AFTER_SECONDS = 5.0
_LOOK_SECONDS = 0.5


@contextmanager
def told_of_waiting() -> Iterator[None]:
    """Say once that the store does not answer, if it has not for 5 seconds."""
    done = Event()
    watcher = Thread(target=_watch, args=(done,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(done: Event) -> None:
    while not done.wait(_LOOK_SECONDS):
        if waiting.seconds() >= _AFTER_SECONDS:
            print(
                f"the store has not answered for {_AFTER_SECONDS:g} seconds; still waiting, for 2 "
                "minutes at most if it does not answer at all",
                file=sys.stderr,
            )
            return
