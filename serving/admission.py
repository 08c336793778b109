"""What may wait for an answer: as much as can be answered soon. The rest is refused at once.

A GET is answered on the event loop in one go. Were nothing done about it, all that have arrived
would be answered one after the other before the loop looked for new ones: none would be refused,
and all would wait for all. So a few are answered at a time, the next in order wait, and what
arrives meanwhile is refused at once if it would wait too long. How long that is, is measured: it
depends on the model, the questions, the machine, and on what refusing itself costs.
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

SLICE_SECONDS = 0.01  # of answering GETs, between two looks at what has arrived
WAITING_MIN = 16  # GETs that may wait however slow they are

_EXPECTED = "estante.expected"  # where the scope of a GET has the queue that keeps it a place
_HELD = "estante.held"  # where the scope of a POST has how many it holds, since when, up to which
_FIRST_GUESS = 0.0005  # seconds for a question, until some were answered
_WEIGHT = 1 / 64  # of a new time in an average
_JUMP = 8  # times the average: what a time counts at most, as one that a pause fell into
_QUIET_SECONDS = 10.0  # between two lines in the log


class Refusals:
    """Counts what is refused, and says so in the log, though not each time.

    Parameters
    ----------
    count
        Told of each refusal.
    """

    def __init__(self, count: Callable[[], None] = lambda: None) -> None:
        self._count = count
        self._unsaid = 0
        self._said_at = -_QUIET_SECONDS

    def make(self, n_waiting: int, what: str) -> OverloadedError:
        """Return the error for one more."""
        self._count()
        self._unsaid += 1
        now = time.monotonic()
        if now - self._said_at >= _QUIET_SECONDS:
            log.warning("overloaded: %d refused since this was said last", self._unsaid)
            self._said_at, self._unsaid = now, 0
        return OverloadedError(
            f"{n_waiting} {what} wait already, as many as can be answered soon; ask again in a "
            "second"
        )


class Turns:
    """The queue of the GETs.

    Parameters
    ----------
    seconds
        How long one may wait.
    refusals
        Where to count what would wait longer.
    """

    def __init__(self, seconds: float, refusals: Refusals) -> None:
        self._seconds, self._refusals = seconds, refusals
        self._turns: deque[asyncio.Future[None]] = deque()
        self._running = 0
        self._expected = 0
        self._at_work = _FIRST_GUESS  # seconds that one takes
        self._between = _FIRST_GUESS  # seconds from one to the next while others wait
        self._left_at = time.monotonic()

    def expect(self, scope: Scope, *, impatient: bool) -> bool:
        """Tell whether one that has just arrived may enter, and keep a place for it if so.

        Parameters
        ----------
        scope
            To be given to :meth:`arrive` once, whatever comes of the request.
        impatient
            Whether it comes again sooner than it was told to. Those may fill half of the queue:
            else whoever is refused and asks again at once would leave no place for all others.
        """
        places = self._waiting_max() / (2 if impatient else 1)
        at_once = max(0.0, self._at_once() - self._running)
        if len(self._turns) + self._expected >= places + at_once:
            return False
        self._expected += 1
        scope[_EXPECTED] = self
        return True

    def refuse(self) -> OverloadedError:
        """Count one that may not enter; return the error for it."""
        return self._refusals.make(len(self._turns), "requests")

    @staticmethod
    def arrive(scope: Scope) -> None:
        """Give up the place that is kept for a request, if any: it is there, or will never be."""
        turns = scope.pop(_EXPECTED, None)
        if turns is not None:
            turns._expected -= 1

    async def enter(self) -> float:
        """Wait for a turn; return its time, to be given to :meth:`leave` when it is over.

        Raises
        ------
        OverloadedError
            At once, if the wait would be too long.
        """
        turn = None
        if self._running < self._at_once():
            self._running += 1
        elif len(self._turns) < self._waiting_max():
            turn = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
        else:
            raise self.refuse()
        try:
            # Without a wait, let the loop read and count all that has arrived before the answer.
            await (turn or asyncio.sleep(0))
        except asyncio.CancelledError:
            if turn is None or not turn.cancelled():  # the turn had come already
                self._next()
            raise
        return time.monotonic()

    def leave(self, began: float) -> None:
        """End the turn that began then, and give it to the next in order."""
        now = time.monotonic()
        self._at_work = _averaged(self._at_work, now - began)
        # Where nobody waits, the next will be answered as soon as this one.
        between = now - self._left_at if self._turns else self._at_work
        self._between = _averaged(self._between, between)
        self._left_at = now
        self._next()

    def _next(self) -> None:
        self._running -= 1
        at_once = self._at_once()
        while self._turns and self._running < at_once:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                self._running += 1

    def _waiting_max(self) -> float:
        return max(WAITING_MIN, self._seconds / self._between)

    def _at_once(self) -> float:
        return max(1.0, SLICE_SECONDS / self._at_work)


class Questions:
    """The queue of the questions that POSTs bring, many each.

    Parameters
    ----------
    seconds
        How long those of a POST may wait for those before them.
    refusals
        Where to count what would wait longer.
    """

    def __init__(self, seconds: float, refusals: Refusals) -> None:
        self._seconds, self._refusals = seconds, refusals
        self._waiting = 0
        self._each = _FIRST_GUESS  # seconds that one takes

    def hold(self, scope: Scope, n_questions: int) -> None:
        """Let a POST's questions in, until :meth:`release` of the same scope.

        Raises
        ------
        OverloadedError
            If the wait would be too long.
        """
        if self._waiting * self._each > self._seconds:
            raise self._refusals.make(self._waiting, "questions")
        self._waiting += n_questions
        scope[_HELD] = n_questions, time.monotonic(), self._waiting

    def release(self, scope: Scope, *, answered: bool) -> None:
        """Forget a POST's questions; if they were answered, learn how long one takes."""
        n_questions, since, with_it = scope.pop(_HELD, (0, 0.0, 0))
        self._waiting -= n_questions
        if answered and n_questions:
            self._each = _averaged(self._each, (time.monotonic() - since) / with_it)


def _averaged(average: float, time_: float) -> float:
    return average + _WEIGHT * (min(time_, _JUMP * average) - average)
