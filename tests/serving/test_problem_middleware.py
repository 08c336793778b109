"""What leaves the middleware for what happens inside; the applications inside are real ASGI."""

import asyncio
import logging

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from serving.errors import NotReadyError
from serving.problem_middleware import ProblemMiddleware


def asked(inside, path="/", method="GET"):
    async def ask():
        transport = httpx.ASGITransport(ProblemMiddleware(inside))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


def detail(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    return problem["detail"]


@pytest.mark.parametrize(
    "response",
    [
        PlainTextResponse("fine"),
        Response(status_code=204),
        StreamingResponse(iter([b"a", b"b"])),
        Response(b'{"a": "problem already"}', 418, media_type="application/problem+json"),
    ],
)
def test_what_is_right_passes_unchanged(response):
    answered = asked(response)

    assert answered.status_code == response.status_code
    assert answered.headers.get("content-type") == response.headers.get("content-type")
    assert answered.content == getattr(response, "body", b"ab")


@pytest.mark.parametrize(
    "inside",
    [
        JSONResponse({"error": "too much"}, 429, {"Retry-After": "3", "X-Other": "gone"}),
        JSONResponse([{"error": "too much"}], 429, {"Retry-After": "3"}),
        PlainTextResponse("too much", 429, {"Retry-After": "3"}),
        StreamingResponse(iter([b"too ", b"much"]), 429, {"Retry-After": "3"}),
    ],
)
def test_errors_of_others_are_put_into_the_form(inside):
    answered = asked(inside)

    assert detail(answered, 429) == "too much"
    assert answered.headers["retry-after"] == "3"
    assert "x-other" not in answered.headers


def test_an_error_that_says_nothing_is_described():
    assert detail(asked(Response(status_code=413)), 413)
    assert detail(asked(JSONResponse([], 413)), 413)


def test_an_overload_says_what_to_do():
    inside = JSONResponse({"error": "An unexpected error has occurred"}, 503)

    assert "ask again in a moment" in detail(asked(inside), 503)


def test_an_unknown_path_and_a_wrong_method():
    inside = Starlette(routes=[Route("/here", PlainTextResponse("fine"), methods=["POST"])])

    assert "/there" in detail(asked(inside, "/there"), 404)

    async def endpoint(_):
        return PlainTextResponse("fine")

    inside = Starlette(routes=[Route("/here", endpoint, methods=["POST"])])
    answered = asked(inside, "/here")
    assert detail(answered, 405) == "GET is not allowed at /here; allowed: POST"
    assert answered.headers["allow"] == "POST"


def test_an_error_of_ours_says_what_it_is():
    async def inside(scope, receive, send):
        raise NotReadyError("the model is on its way")

    assert detail(asked(inside), 503) == "the model is on its way"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_failure_is_logged_and_not_told(wrapped, caplog):
    async def fail(*_):
        raise ValueError("secret")

    inside = Starlette(routes=[Route("/", fail)]) if wrapped else fail
    with caplog.at_level(logging.ERROR, "estante"):
        answered = asked(inside)

    assert "secret" not in detail(answered, 500)
    assert "secret" in caplog.text
    assert len(caplog.records) == 1


def test_a_failure_within_an_answer_does_not_start_another(caplog):
    async def inside(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("secret")

    sent = []

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "http", "method": "GET", "path": "/"}
    asyncio.run(ProblemMiddleware(inside)(scope, None, send))

    assert sent == ["http.response.start", "http.response.body"]
    assert "secret" in caplog.text


def test_what_is_not_http_passes():
    seen = []

    async def inside(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(ProblemMiddleware(inside)({"type": "lifespan"}, None, None))

    assert seen == ["lifespan"]
