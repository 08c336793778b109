"""GETs that arrived together, scored in one call.

What scoring reads, some megabytes of weights, leaves a processor's cache between two requests. Read
once for several customers it costs each of them less. Nobody waits for others to come: what the
event loop has read off its connections is all there is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from serving.answering import answers_to

if TYPE_CHECKING:
    from recommender.errors import QueryError
    from recommender.query import Answer, Query
    from serving.snapshot import Snapshot

    Answered = Answer | QueryError


class Gathering:
    """Gathers questions until the event loop has no more of them at hand, then answers all."""

    def __init__(self) -> None:
        self._asked: list[tuple[Query, Snapshot, asyncio.Future[Answered]]] = []

    async def answer_to(self, query: Query, snapshot: Snapshot) -> Answered:
        """Return the answer by a snapshot; an error of the question is a value."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._answer)  # after all that is ready now, and may ask too
        answered: asyncio.Future[Answered] = loop.create_future()
        self._asked.append((query, snapshot, answered))
        return await answered

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        snapshots = {id(snapshot): snapshot for _, snapshot, _ in asked}  # two during a swap
        for snapshot in snapshots.values():
            of_one = [(query, future) for query, by, future in asked if by is snapshot]
            _answer_by(snapshot, of_one)


def _answer_by(snapshot: Snapshot, asked: list[tuple[Query, asyncio.Future[Answered]]]) -> None:
    try:
        answers = answers_to([query for query, _ in asked], snapshot)
    except Exception as error:  # noqa: BLE001  it is raised where the question was asked
        if len(asked) > 1:  # whose fault it is shows when each is asked alone
            for one in asked:
                _answer_by(snapshot, [one])
        elif not asked[0][1].done():
            asked[0][1].set_exception(error)
        return
    for (_, future), answer in zip(asked, answers, strict=True):
        if not future.done():  # else the client has left
            future.set_result(answer)
