"""The batchable API: what BentoML gathers into one scoring call, and what it gives back.

BentoML joins the items of requests that arrive together, and one exception would fail them all.
So everything that can go wrong travels as a value: the error of an item in the item's place, and
the refusal of a whole request as a :class:`Problem` in place of its items.
"""

from __future__ import annotations

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

    from serving.snapshot import Reference, Slot

BATCH_MAX = 100
BODY_MAX = 8 * 2**20  # bytes
LATENCY_MAX_MS = 10_000  # expected waits beyond this are refused with 503


class Requests(IODescriptor):  # type: ignore[misc]  # BentoML hides its type
    """The body of a POST: its items as they came, or the :class:`Problem` of the body."""

    requests: list[Any]

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:  # noqa: ARG003
        """Read a body; the form of its items is not judged yet."""
        try:
            items = schemas.requests_of_body(await _body(request))
        except RequestError as error:
            items = [problems.of_error(error)]
        body: Self = cls.model_construct(requests=items)
        return body


class Answers(IODescriptor):  # type: ignore[misc]
    """The answers in the order of the items."""

    answers: list[Any]

    @classmethod
    async def to_http_response(cls, obj: list[Any], serde: object) -> Response:  # noqa: ARG003
        """Return the answers as a JSON array, or the refusal of the whole request."""
        refusal = next((item for item in obj if isinstance(item, Problem)), None)
        if refusal is not None:
            return refusal.response()
        return Response(orjson.dumps(obj), headers=_headers(obj), media_type="application/json")


def answer_batch(slot: Slot, items: list[Any]) -> list[Any]:
    """Answer the items of a batch by one snapshot of the model.

    Parameters
    ----------
    items
        Items of any JSON type, refusals of other requests' bodies among them.

    Returns
    -------
    list
        In the place of each item its answer, its error as ``{type, title, status, detail}``, or
        a :class:`Problem` where the whole request is refused.
    """
    try:
        snapshot = slot.current()
    except NotReadyError as error:
        return [problems.of_error(error)] * len(items)
    outcomes = [_query(item) for item in items]
    queries = {place: item for place, item in enumerate(outcomes) if isinstance(item, Query)}
    answers = recommend(snapshot.model, list(queries.values()))
    answered = dict(enumerate(outcomes)) | dict(zip(queries, answers, strict=True))
    return [_value(outcome, snapshot.reference) for outcome in answered.values()]


def _query(item: Any) -> Query | Problem | Exception:
    if isinstance(item, Problem):
        return item
    try:
        return schemas.query_of_item(item)
    except (RequestError, QueryError) as error:
        return error


def _value(outcome: Answer | Query | Problem | Exception, model: Reference) -> Any:
    if isinstance(outcome, Exception):
        return asdict(problems.of_error(outcome))
    if isinstance(outcome, Answer):
        return schemas.answer_body(outcome, model)
    return outcome


async def _body(request: Request) -> bytes:
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
    """Return the headers that name the answers' model; none where they do not agree on one."""
    models = {value["model"] for value in values if "model" in value}
    return models.pop().headers if len(models) == 1 else {}
