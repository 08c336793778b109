"""The routes that BentoML mounts: everything that is asked with GET."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from recommender.errors import QueryError
from recommender.recommend import recommend
from serving import openapi, problems, schemas

if TYPE_CHECKING:
    from starlette.requests import Request

    from serving.snapshot import Slot

_JSON = "application/json"


def application(slot: Slot) -> Starlette:
    """Return the routes over the model in the slot."""

    async def recommendations(request: Request) -> Response:
        current = slot.current()
        customer_id = request.path_params["customer_id"]
        query = schemas.query_of_url(customer_id, request.query_params.multi_items())
        [answer] = recommend(current.model, [query])
        if isinstance(answer, QueryError):
            raise answer
        body = orjson.dumps(schemas.answer_body(answer, current.reference))
        return Response(body, headers=current.reference.headers, media_type=_JSON)

    async def model(_: Request) -> Response:
        current = slot.current()
        body = orjson.dumps(slot.description(current))
        return Response(body, headers=current.reference.headers, media_type=_JSON)

    return Starlette(
        routes=[
            # The server decodes %2F before it routes: an id may hold slashes, hence "path".
            Route("/v1/customers/{customer_id:path}/recommendations", recommendations),
            Route("/v1/model", model),
            Route("/openapi.json", _openapi),
            Route("/docs.json", _openapi),  # in place of BentoML's, which lacks the routes here
            Route("/docs", _docs),
            Route("/", _home),
        ],
        exception_handlers=dict.fromkeys(problems.CLIENT_ERRORS, _refuse),
    )


async def _refuse(_: Request, error: Exception) -> Response:
    return problems.of_error(error).response()


async def _openapi(_: Request) -> Response:
    return Response(orjson.dumps(openapi.DOCUMENT), media_type=_JSON)


async def _docs(_: Request) -> Response:
    return HTMLResponse(openapi.PAGE)


async def _home(_: Request) -> Response:
    return RedirectResponse("/docs")
