"""GETs that arrived together, scored in one call.

What scoring reads, some megabytes of weights, leaves a processor's cache between two requests. Read
once for several customers it costs each of them less. Nobody waits for others to come: what the
event loop has read off its connections is all there is.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from serving.answering import answers_to, parts

if TYPE_CHECKING:
    from recommender.query import Answer, Query
    from serving.snapshot import Snapshot

    Answered = Answer | Exception


class Gathering:
    """Gathers questions until the event loop has no more of them at hand, then answers all.

    Where they are too many for one call, the loop looks around between two.
    """

    def __init__(self) -> None:
        self._asked: list[tuple[Query, Snapshot, asyncio.Future[Answered]]] = []

    async def answer_to(self, query: Query, snapshot: Snapshot) -> Answered:
        """Return the answer by a snapshot; an error of the question, or a fault, is a value."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._answer)  # after all that is ready now, and may ask too
        answered: asyncio.Future[Answered] = loop.create_future()
        self._asked.append((query, snapshot, answered))
        return await answered

    def _answer(self) -> None:
        """Answer as many of the first one's snapshot as one call may; leave the rest for later."""
        snapshot = self._asked[0][1]  # those of another one, after a swap, come after its own
        of_one = itertools.takewhile(lambda one: one[1] is snapshot, self._asked)
        part = next(parts([query for query, _, _ in of_one], snapshot))
        asked, self._asked = self._asked[: len(part)], self._asked[len(part) :]
        if self._asked:
            asyncio.get_running_loop().call_soon(self._answer)
        for (_, _, future), answer in zip(asked, answers_to(part, snapshot), strict=True):
            if not future.done():  # else the client has left
                future.set_result(answer)
