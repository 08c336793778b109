"""The batchable API: what BentoML gathers into one batch, and what it gives back.

BentoML joins requests that arrive together, and one exception would fail them all. So everything
that can go wrong travels as a value: the error of an item in the item's place, and the refusal of
a whole request as a :class:`Problem` in place of its items. To BentoML a request is one element,
however many items it has: so it never divides one, and a request has one model.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

import orjson
from bentoml import IODescriptor
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from recommender.errors import QueryError
from recommender.query import Answer, Query
from recommender.recommend import recommend
from serving import problems, schemas
from serving.errors import NotReadyError, RequestError
from serving.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from serving.snapshot import Reference, Slot, Snapshot

BATCH_MAX = 16  # requests, of perhaps 1,000 items each
SCORED_MAX = 100  # items in one scoring call; others are answered between two
BODY_MAX = 8 * 2**20  # bytes
LATENCY_MAX_MS = 10_000  # expected waits beyond this are refused with 503

Body = list[Any] | Problem


class Requests(IODescriptor):  # type: ignore[misc]  # BentoML hides its type
    """The body of a POST."""

    requests: list[Any]

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:  # noqa: ARG003
        """Return one element: the body's items, not judged yet, or the body's refusal."""
        body: Body
        try:
            body = schemas.requests_of_body(await _read(request))
        except RequestError as error:
            body = problems.of_error(error)
        element: Self = cls.model_construct(requests=[body])
        return element


class Answers(IODescriptor):  # type: ignore[misc]
    """The answers in the order of the items."""

    answers: list[Any]

    @classmethod
    async def to_http_response(cls, obj: list[Body], serde: object) -> Response:  # noqa: ARG003
        """Return a request's answers as a JSON array, or its refusal."""
        [values] = obj
        if isinstance(values, Problem):
            return values.response()
        content = orjson.dumps(values)
        return Response(content, headers=_headers(values), media_type="application/json")


async def answer_batch(slot: Slot, bodies: list[Body]) -> list[Body]:
    """Answer the requests of a batch by one snapshot of the model.

    Parameters
    ----------
    bodies
        One a request: its items, of any JSON type, or its refusal.

    Returns
    -------
    list
        One a request: in the place of each item its answer or its error as ``{type, title,
        status, detail}``; or the refusal of the request.
    """
    try:
        snapshot = slot.current()
    except NotReadyError as error:
        return [problems.of_error(error)] * len(bodies)
    items = [item for body in bodies if not isinstance(body, Problem) for item in body]
    values: list[Any] = []
    for start in range(0, len(items), SCORED_MAX):
        values += _answers(snapshot, items[start : start + SCORED_MAX])
        await asyncio.sleep(0)
    left = iter(values)
    return [
        body if isinstance(body, Problem) else list(itertools.islice(left, len(body)))
        for body in bodies
    ]


def _answers(snapshot: Snapshot, items: list[Any]) -> list[dict[str, Any]]:
    asked = [_query(item) for item in items]
    queries = [query for query in asked if isinstance(query, Query)]
    answers = iter(recommend(snapshot.model, queries))
    outcomes = (next(answers) if isinstance(query, Query) else query for query in asked)
    return [_value(outcome, snapshot.reference) for outcome in outcomes]


def _query(item: Any) -> Query | Exception:
    try:
        return schemas.query_of_item(item)
    except (RequestError, QueryError) as error:
        return error


def _value(outcome: Answer | Exception, model: Reference) -> dict[str, Any]:
    if isinstance(outcome, Exception):
        return asdict(problems.of_error(outcome))
    return schemas.answer_body(outcome, model)


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_MAX:
                raise RequestError(
                    f"the body is longer than {BODY_MAX} bytes; send several bodies of at most "
                    f"{schemas.REQUESTS_MAX} requests"
                )
    except ClientDisconnect:
        raise RequestError("the client left before the end of the body") from None
    return bytes(body)


def _headers(values: list[dict[str, Any]]) -> dict[str, str]:
    """Return the headers that name the answers' model; none where nothing was answered."""
    return next((value["model"].headers for value in values if "model" in value), {})
