"""What serving costs at least: Starlette alone, with the same scoring, metrics and encoding.

    ESTANTE_MODEL=FOLDER python -m uvicorn benchmarks.bare_server:application

``/fixed`` answers with a list of 30 ids and does nothing else.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from recommender.query import Answer, Query
from registry.pull import pull
from serving import replies, schemas
from serving.answering import answers_to
from serving.loading import load
from serving.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from starlette.requests import Request

_JSON = "application/json"

_snapshot = load(pull(os.environ["ESTANTE_MODEL"]), "cpu")
_headers = {name.decode(): value.decode() for name, value in _snapshot.headers}
_ids = [f"product-{number}" for number in range(30)]


def _bodies(queries: Sequence[Query]) -> list[dict[str, Any]]:
    answers = answers_to(queries, _snapshot)
    return [replies.answer_body(each, _snapshot) for each in answers if isinstance(each, Answer)]


def _response(route: str, began: float, content: object) -> Response:
    response = Response(orjson.dumps(content), headers=_headers, media_type=_JSON)
    METRICS.request(route, 200, time.perf_counter() - began)
    return response


async def _recommendations(request: Request) -> Response:
    began = time.perf_counter()
    parameters = schemas.parameters_of(request.scope["query_string"], schemas.PARAMETERS)
    query = schemas.query_of_url(request.path_params["customer_id"], parameters)
    [body] = _bodies([query])
    return _response("/v1/customers/{customer_id}/recommendations", began, body)


async def _batch(request: Request) -> Response:
    began = time.perf_counter()
    queries = schemas.queries_of_body(await request.body())
    bodies = _bodies([query for query in queries if isinstance(query, Query)])
    return _response("/v1/recommendations", began, bodies)


async def _fixed(_: Request) -> Response:
    return Response(orjson.dumps(_ids), media_type=_JSON)


application = Starlette(
    routes=[
        Route("/v1/customers/{customer_id:path}/recommendations", _recommendations),
        Route("/v1/recommendations", _batch, methods=["POST"]),
        Route("/fixed", _fixed),
    ]
)
