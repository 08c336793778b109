"""The routes that BentoML mounts: everything that is asked with GET."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from recommender.errors import QueryError
from serving import answering, docs_page, openapi, problems, replies, schemas

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from recommender.query import Query
    from serving.schemas import ListQuery
    from serving.snapshot import Slot, Snapshot

T = TypeVar("T")

_JSON = "application/json"


class _IdConvertor(PathConvertor):
    """Any text: the server decodes %2F before it routes, so an id may hold slashes."""

    regex = "(?s:.*)"


register_url_convertor("id", _IdConvertor())


def application(slot: Slot) -> Starlette:
    """Return the routes over the model in the slot."""

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
                _cachable(slot, _customer_query, _recommendations),
            ),
            Route("/v1/products/popular", _cachable(slot, _list_query, _popular)),
            Route(
                "/v1/products/{product_id:id}/similar",
                _cachable(slot, _product_query, _similar),
            ),
            Route("/v1/model", model),
            Route("/readyz", ready),
            Route("/openapi.json", _openapi),
            Route("/docs.json", _openapi),  # in place of BentoML's, which lacks the routes here
            Route("/docs", _docs),
            Route("/", _home),
        ],
        exception_handlers=dict.fromkeys(problems.CLIENT_ERRORS, _refuse),
    )


def _cachable(
    slot: Slot,
    asked_by: Callable[[Request], T],
    answer_to: Callable[[T, Snapshot], Mapping[str, object]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return a route whose answers are validated by the tag of the model and the rules.

    Parameters
    ----------
    asked_by
        Reads the question off a request.
    answer_to
        Answers it by one snapshot; not called for a client that has kept the answer.
    """

    async def respond(request: Request) -> Response:
        snapshot, headers = slot.current(), request.headers
        asked = asked_by(request)
        if replies.is_kept(headers.get("if-none-match"), snapshot):
            return replies.unchanged(snapshot)
        body = replies.encode(answer_to(asked, snapshot))
        return await replies.cachable(body, snapshot, headers.get("accept-encoding"))

    return respond


def _customer_query(request: Request) -> Query:
    customer_id = _id(request, "customer_id")
    return schemas.query_of_url(customer_id, _parameters(request, schemas.PARAMETERS))


def _recommendations(query: Query, snapshot: Snapshot) -> Mapping[str, object]:
    [answer] = answering.answers_to([query], snapshot)
    if isinstance(answer, QueryError):
        raise answer
    return replies.answer_body(answer, snapshot)


def _list_query(request: Request) -> ListQuery:
    return schemas.list_query_of_url(_parameters(request, schemas.LIST_PARAMETERS))


def _popular(query: ListQuery, snapshot: Snapshot) -> Mapping[str, object]:
    items = answering.popular_products(query, snapshot)
    return replies.list_body({"k": query.k}, items, snapshot)


def _product_query(request: Request) -> tuple[str, ListQuery]:
    return _id(request, "product_id"), _list_query(request)


def _similar(asked: tuple[str, ListQuery], snapshot: Snapshot) -> Mapping[str, object]:
    product_id, query = asked
    items = answering.similar_products(product_id, query, snapshot)
    return replies.list_body({"product_id": product_id, "k": query.k}, items, snapshot)


def _id(request: Request, name: str) -> str:
    return schemas.id_of_path(name, request.path_params[name], request.scope["raw_path"])


def _parameters(request: Request, known: Sequence[str]) -> schemas.Parameters:
    return schemas.parameters_of(request.scope["query_string"], known)


async def _refuse(_: Request, error: Exception) -> Response:
    return problems.of_error(error).response()


async def _openapi(_: Request) -> Response:
    return Response(orjson.dumps(openapi.DOCUMENT), media_type=_JSON)


async def _docs(_: Request) -> Response:
    return HTMLResponse(docs_page.PAGE)


async def _home(_: Request) -> Response:
    return RedirectResponse("/docs")
