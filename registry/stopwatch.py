"""How long something takes, for those who must not be late."""

from __future__ import annotations

import time


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._monotonic = time.time(), time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since, rather too many: clocks are set, and stop in a suspension."""
        return max(time.time() - self._wall, time.monotonic() - self._monotonic)
