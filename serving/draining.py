"""Ending without losing a request: first unready, then closed, then gone.

Whoever sends requests here, as a load balancer, needs a moment to see that /readyz is red and to
send them elsewhere. Until then they are answered as before, and the answers close their
connections, so that none is open when the listener goes.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from serving.snapshot import Slot

log = logging.getLogger("estante.service")

FINISH_SECONDS = 3  # what is being answered when the listener closes may take so long


def drain_on_sigterm(slot: Slot, seconds: float) -> None:
    """Let SIGTERM begin to drain, and end the server ``seconds`` later; at once if unready.

    A second signal ends it at once. To be called on the event loop, when the server has put its
    own handlers of signals in place.
    """
    end = signal.getsignal(signal.SIGTERM)
    if not callable(end):
        return  # no server that would end in good order
    loop = asyncio.get_running_loop()
    config = getattr(getattr(end, "__self__", None), "config", None)
    if config is not None:  # uvicorn's, which waits for ever by default
        config.timeout_graceful_shutdown = FINISH_SECONDS

    def begin(number: int, frame: FrameType | None) -> None:
        again, slot.draining = slot.draining, True
        if again or not slot.ready or not seconds:
            end(number, frame)
            return
        loop.call_soon_threadsafe(_wait, number)

    def _wait(number: int) -> None:
        log.info("asked to end: not ready any more, and closed in %g s", seconds)
        loop.call_later(seconds, end, number, None)

    signal.signal(signal.SIGTERM, begin)
