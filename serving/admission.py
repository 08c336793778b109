"""The queue: how much may wait for an answer, so that what waits is answered soon.

A GET is answered on the event loop in one go. Were nothing done about it, all that have arrived
would be answered one after the other before the loop looked for new ones: none would be refused,
and all would wait for all. So a few are answered at a time, the next in order wait, and what
arrives meanwhile is refused at once if too many wait already.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from serving.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

log = logging.getLogger("estante.queue")

AT_ONCE = 8  # GETs answered between two looks at what has arrived: 1 to 2 ms
KEY = "estante.queue"  # where a request's scope has the queue
_HELD = "estante.questions"  # and how many questions of it are the request's
_QUIET_SECONDS = 10.0  # between two lines in the log


class Queue:
    """Counts what waits: GETs, which take turns, and the questions of POSTs.

    Parameters
    ----------
    waiting_max
        How many GETs may wait, and how many questions before a POST is let in: one that is let in
        brings as many as it has.
    on_refusal
        Told of each refusal.
    """

    def __init__(self, waiting_max: int, on_refusal: Callable[[], None] = lambda: None) -> None:
        self._waiting_max = waiting_max
        self._on_refusal = on_refusal
        self._turns: deque[asyncio.Future[None]] = deque()
        self._running = 0
        self._questions = 0
        self._refused = 0
        self._spoke_at = -_QUIET_SECONDS

    async def enter(self) -> None:
        """Wait for a turn; whoever had one calls :meth:`leave`.

        Raises
        ------
        OverloadedError
            At once, if as many as may wait do.
        """
        if self._running < AT_ONCE:
            self._running += 1
            turn = None
        elif len(self._turns) < self._waiting_max:
            turn = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
        else:
            raise self._refusal(f"{self._waiting_max} requests")
        try:
            # Without a wait, let the loop read and count all that has arrived before the answer.
            await (turn or asyncio.sleep(0))
        except asyncio.CancelledError:
            if turn is None or not turn.cancelled():  # the turn had come already
                self.leave()
            raise

    def leave(self) -> None:
        """Give the turn to the next in order."""
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def hold(self, scope: Scope, n_questions: int) -> None:
        """Let a POST's questions in, until :meth:`release` of the same scope.

        Raises
        ------
        OverloadedError
            If as many as may wait do.
        """
        if self._questions >= self._waiting_max:
            raise self._refusal(f"{self._questions} questions")
        scope[_HELD] = n_questions
        self._questions += n_questions

    def release(self, scope: Scope) -> None:
        """Forget a POST's questions, answered or not."""
        self._questions -= scope.pop(_HELD, 0)

    def _refusal(self, waiting: str) -> OverloadedError:
        self._on_refusal()
        self._refused += 1
        now = time.monotonic()
        if now - self._spoke_at >= _QUIET_SECONDS:
            log.warning("overloaded: %d refused since the last such line", self._refused)
            self._spoke_at, self._refused = now, 0
        return OverloadedError(f"{waiting} wait already, and no more may; ask again in a second")
