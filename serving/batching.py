"""The batchable API: what BentoML gathers into one batch, and what it gives back.

BentoML joins requests that arrive together, and one exception would fail them all. So everything
that can go wrong travels as a value: the error of an item in the item's place, and that of an
unready service as a :class:`Problem` in place of the items. To BentoML a request is one element,
however many items it has: so it never divides one, and a request has one model.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import orjson
from bentoml import IODescriptor

from recommender.query import Query
from serving import problems, replies
from serving.answering import answers_to, parts
from serving.errors import NotReadyError
from serving.foreign_errors import FAILED
from serving.metrics import METRICS
from serving.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from recommender.query import Answer
    from serving.snapshot import Slot, Snapshot

log = logging.getLogger("estante.errors")

ITEMS = "estante.items"  # where the scope of a POST has what the gateway read off its body
BATCH_MAX = 16  # requests, of perhaps 1,000 items each
LATENCY_MAX_MS = 10_000  # expected waits beyond this are refused with 503


@dataclass(frozen=True, slots=True)
class Asked:
    """What one POST asks: a query or an error for each item, and the codings its client takes."""

    queries: list[Query | Exception]
    accept_encoding: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers to one POST, as JSON: in the place of each item its answer or its error."""

    values: list[bytes]
    snapshot: Snapshot
    accept_encoding: str | None


class Requests(IODescriptor):  # type: ignore[misc]  # BentoML hides its type
    """The body of a POST."""

    requests: list[Any]

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:  # noqa: ARG003
        """Return one element: what the body asks, which the gateway has read already."""
        asked = Asked(request.scope[ITEMS], request.headers.get("accept-encoding"))
        element: Self = cls.model_construct(requests=[asked])
        return element


class Answers(IODescriptor):  # type: ignore[misc]
    """The answers in the order of the items."""

    answers: list[Any]

    @classmethod
    async def to_http_response(
        cls,
        obj: list[Answered | Problem],
        serde: object,  # noqa: ARG003
    ) -> Response:
        """Return a request's answers as a JSON array, or its refusal."""
        [answered] = obj
        if isinstance(answered, Problem):
            return answered.response()
        body = b"[" + b",".join(answered.values) + b"]"
        return await replies.reply(body, answered.snapshot.headers, answered.accept_encoding)


async def answer_batch(slot: Slot, requests: list[Asked]) -> list[Answered | Problem]:
    """Answer the requests of a batch by one snapshot of the model.

    Parameters
    ----------
    requests
        What each asks.

    Returns
    -------
    list
        What each is answered, in their order.
    """
    METRICS.batch(len(requests))
    try:
        snapshot = slot.current()
    except NotReadyError as error:
        return [problems.of_error(error)] * len(requests)
    values: list[bytes] = []
    for part in parts([query for asked in requests for query in asked.queries], snapshot):
        values += _values(snapshot, part)
        await asyncio.sleep(0)
    left = iter(values)
    return [
        Answered(list(itertools.islice(left, len(asked.queries))), snapshot, asked.accept_encoding)
        for asked in requests
    ]


def _values(snapshot: Snapshot, asked: list[Query | Exception]) -> list[bytes]:
    queries = [query for query in asked if isinstance(query, Query)]
    answers = iter(answers_to(queries, snapshot))
    outcomes = (next(answers) if isinstance(query, Query) else query for query in asked)
    return [orjson.dumps(_value(outcome, snapshot)) for outcome in outcomes]


def _value(outcome: Answer | Exception, snapshot: Snapshot) -> dict[str, Any]:
    if isinstance(outcome, problems.CLIENT_ERRORS):
        return asdict(problems.of_error(outcome))
    if isinstance(outcome, Exception):
        log.error("a request of a POST failed", exc_info=outcome)
        return asdict(problems.of_status(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED))
    return replies.answer_body(outcome, snapshot)
