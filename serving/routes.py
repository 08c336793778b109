"""The routes that are answered without BentoML: everything that is asked with GET."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from recommender.query import Answer
from serving import answering, docs_page, openapi, problems, replies, schemas
from serving.gathering import Gathering
from serving.metrics import CONTENT_TYPE, METRICS
from serving.remembered import Kept, Recalling, Remembered, question_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from recommender.query import Query
    from serving.schemas import ListQuery
    from serving.snapshot import Slot, Snapshot

T = TypeVar("T")
# What is sent, and what to count whenever it is.
_Answered = tuple[dict[str, Any], tuple[Answer, ...]]

REMEMBERED_BYTES = 32 * 2**20  # about 7,000 answers of 30 products

_JSON = "application/json"


class _IdConvertor(PathConvertor):
    """Any text: the server decodes %2F before it routes, so an id may hold slashes."""

    regex = "(?s:.*)"


register_url_convertor("id", _IdConvertor())


def application(slot: Slot) -> ASGIApp:
    """Return the routes over the model in the slot; what was asked before is answered by itself."""
    remembered = Remembered(REMEMBERED_BYTES)
    return Recalling(_starlette(slot, remembered), slot, remembered)


def _starlette(slot: Slot, remembered: Remembered) -> Starlette:

    async def model(request: Request) -> Response:
        current = slot.current()
        _parameters(request, known=())
        return replies.Reply(orjson.dumps(slot.description(current)), current.headers)

    async def ready(_: Request) -> Response:
        slot.require_ready()
        return Response("\n", media_type="text/plain")

    return Starlette(
        routes=[
            Route(
                "/v1/customers/{customer_id:id}/recommendations",
                _cachable(slot, remembered, _customer_query, _recommendations(Gathering())),
            ),
            Route("/v1/products/popular", _cachable(slot, remembered, _list_query, _popular)),
            Route(
                "/v1/products/{product_id:id}/similar",
                _cachable(slot, remembered, _product_query, _similar),
            ),
            Route("/v1/model", model),
            Route("/readyz", ready),
            Route("/metrics", _metrics),
            Route("/openapi.json", _openapi),
            Route("/docs.json", _openapi),  # in place of BentoML's, which lacks the routes here
            Route("/docs", _docs),
            Route("/", _home),
        ],
        exception_handlers=dict.fromkeys(problems.CLIENT_ERRORS, _refuse),
    )


def _cachable(
    slot: Slot,
    remembered: Remembered,
    asked_by: Callable[[Request], T],
    answer_to: Callable[[T, Snapshot], Awaitable[_Answered]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return a route whose answers are validated by the tag of the model and the rules.

    Parameters
    ----------
    asked_by
        Reads the question off a request.
    answer_to
        Answers it by one snapshot, and tells what to count if it is asked again; not called for a
        client that has kept the answer.
    """

    async def respond(request: Request) -> Response:
        snapshot, headers = slot.current(), request.headers
        asked = asked_by(request)  # a question that is wrong is refused, whatever the client keeps
        if replies.is_kept(headers.get("if-none-match"), snapshot):
            return replies.unchanged(snapshot)
        question = question_of(request.scope)
        kept = remembered.find(question, snapshot)
        if kept is None:
            content, answers = await answer_to(asked, snapshot)
            kept = Kept(orjson.dumps(content), answers)
            remembered.keep(question, snapshot, kept)
        else:
            METRICS.answers(kept.answers)
        return await replies.cachable(kept.body, snapshot, headers.get("accept-encoding"))

    return respond


def _customer_query(request: Request) -> Query:
    customer_id = _id(request, "customer_id")
    return schemas.query_of_url(customer_id, _parameters(request, schemas.PARAMETERS))


def _recommendations(gathering: Gathering) -> Callable[[Query, Snapshot], Awaitable[_Answered]]:
    async def answer_to(query: Query, snapshot: Snapshot) -> _Answered:
        answer = await gathering.answer_to(query, snapshot)
        if isinstance(answer, Exception):
            raise answer
        counted = replace(answer, items=(), explanation=None, rules=None)
        return replies.answer_body(answer, snapshot), (counted,)

    return answer_to


def _list_query(request: Request) -> ListQuery:
    return schemas.list_query_of_url(_parameters(request, schemas.LIST_PARAMETERS))


async def _popular(query: ListQuery, snapshot: Snapshot) -> _Answered:
    items = answering.popular_products(query, snapshot)
    return replies.list_body({"k": query.k}, items, snapshot), ()


def _product_query(request: Request) -> tuple[str, ListQuery]:
    return _id(request, "product_id"), _list_query(request)


async def _similar(asked: tuple[str, ListQuery], snapshot: Snapshot) -> _Answered:
    product_id, query = asked
    items = answering.similar_products(product_id, query, snapshot)
    return replies.list_body({"product_id": product_id, "k": query.k}, items, snapshot), ()


def _id(request: Request, name: str) -> str:
    return schemas.id_of_path(name, request.path_params[name], request.scope["raw_path"])


def _parameters(request: Request, known: Sequence[str]) -> schemas.Parameters:
    return schemas.parameters_of(request.scope["query_string"], known)


async def _refuse(_: Request, error: Exception) -> Response:
    return problems.of_error(error).response()


async def _metrics(_: Request) -> Response:
    return Response(METRICS.text(), media_type=CONTENT_TYPE)


async def _openapi(_: Request) -> Response:
    return Response(orjson.dumps(openapi.DOCUMENT), media_type=_JSON)


async def _docs(_: Request) -> Response:
    return HTMLResponse(docs_page.PAGE)


async def _home(_: Request) -> Response:
    return RedirectResponse("/docs")
