"""What enters and leaves the gateway; the applications inside are real ASGI."""

import asyncio
import logging

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from serving.errors import NotReadyError
from serving.metrics import Metrics
from serving.snapshot import Slot
from tests.serving.behind import around, asked, detail


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
    answered = asked(around(response))

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
    answered = asked(around(inside))

    assert detail(answered, 429) == "too much"
    assert answered.headers.get_list("retry-after") == ["3"]
    assert "x-other" not in answered.headers


def test_an_error_that_says_nothing_is_described():
    assert detail(asked(around(Response(status_code=413))), 413)
    assert detail(asked(around(JSONResponse([], 413))), 413)


@pytest.mark.parametrize(("status", "said"), [(503, "ask again in a moment"), (504, "longer than")])
def test_what_bentoml_could_not_do_in_time_says_what_to_do(status, said):
    inside = JSONResponse({"error": "An unexpected error has occurred"}, status)

    assert said in detail(asked(around(inside)), status)


def test_whoever_is_refused_for_now_is_told_when_to_come_again():
    assert asked(around(JSONResponse({"error": "no"}, 503))).headers["retry-after"] == "1"


def test_an_unknown_path_and_a_wrong_method():
    async def endpoint(_):
        return PlainTextResponse("fine")

    inside = Starlette(routes=[Route("/{any:path}", endpoint, methods=["POST"])])
    assert "/there" in detail(asked(around(inside), "/there", "POST"), 404)
    answered = asked(around(inside), "/livez")
    assert detail(answered, 405) == "GET is not allowed at /livez; allowed: POST"
    assert answered.headers["allow"] == "POST"


def test_an_error_of_ours_says_what_it_is():
    async def inside(scope, receive, send):
        raise NotReadyError("the model is on its way")

    assert detail(asked(around(inside)), 503) == "the model is on its way"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_failure_is_logged_by_the_requests_id_and_not_told(wrapped, caplog):
    async def fail(*_):
        raise ValueError("secret")

    inside = Starlette(routes=[Route("/{any:path}", fail)]) if wrapped else fail
    with caplog.at_level(logging.ERROR, "estante"):
        path = "/v1/products/a%0Db/similar"
        answered = asked(around(inside), path, headers={"X-Request-ID": "7"})

    assert "secret" not in detail(answered, 500)
    assert f"GET {path} failed (7)" in caplog.text
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

    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "headers": []}
    asyncio.run(around(inside)(scope, None, send))

    assert sent == ["http.response.start", "http.response.body"]
    assert "secret" in caplog.text


def test_what_is_not_http_passes_but_for_websockets():
    seen, sent = [], []

    async def inside(scope, receive, send):
        seen.append(scope["type"])

    async def send(message):
        sent.append(message["type"])

    gateway = around(inside)
    asyncio.run(gateway({"type": "lifespan"}, None, send))
    asyncio.run(gateway({"type": "websocket"}, None, send))

    assert seen == ["lifespan"]
    assert sent == ["websocket.close"]


@pytest.mark.parametrize("given", ["abc-1", "4bf92f3577b34da6a3ce929d0e0e4736", "x" * 128])
def test_a_requests_id_is_the_clients(given):
    answered = asked(around(PlainTextResponse("fine")), headers={"X-Request-ID": given})

    assert answered.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", [None, "", "x" * 129, "a b", "a\x7f", 'a"', "é", "<script>"])
def test_a_requests_id_is_made_where_there_is_none_of_use(given):
    gateway = around(PlainTextResponse("fine"))
    headers = {} if given is None else {"X-Request-ID": given.encode()}
    made = [asked(gateway, headers=headers).headers["x-request-id"] for _ in range(2)]

    assert given not in made
    assert made[0] != made[1]


def test_a_refusal_has_a_requests_id_too():
    async def inside(scope, receive, send):
        raise NotReadyError("the model is on its way")

    answered = asked(around(inside), headers={"X-Request-ID": "7"})

    assert answered.headers["x-request-id"] == "7"


def test_a_service_that_is_being_stopped_closes_connections():
    slot = Slot()
    gateway = around(PlainTextResponse("fine"), slot=slot)

    assert "connection" not in asked(gateway).headers
    slot.draining = True
    assert asked(gateway).headers["connection"] == "close"


def test_requests_are_counted_by_route_never_by_path():
    metrics = Metrics()
    inside = Starlette(routes=[Route("/v1/model", PlainTextResponse("fine"))])
    gateway = around(inside, metrics=metrics)
    for i in range(20):
        asked(gateway, f"/v1/customers/{i}/recommendations")
        asked(gateway, f"/{i}.php")
    asked(gateway, "/v1/model")

    lines = [x for x in metrics.text().decode().splitlines() if x.startswith("estante_requests_t")]
    route = "/v1/customers/{customer_id}/recommendations"
    assert sorted(lines) == [
        'estante_requests_total{route="(unknown)",status="404"} 20.0',
        f'estante_requests_total{{route="{route}",status="404"}} 20.0',
        'estante_requests_total{route="/v1/model",status="200"} 1.0',
    ]


def test_requests_in_flight_are_those_not_answered_yet():
    metrics, seen = Metrics(), []

    async def inside(scope, receive, send):
        seen.extend(x for x in metrics.text().decode().splitlines() if "in_flight " in x)
        await PlainTextResponse("fine")(scope, receive, send)

    gateway = around(inside, metrics=metrics)
    asked(gateway)
    seen.extend(x for x in metrics.text().decode().splitlines() if "in_flight " in x)

    name = "estante_requests_in_flight"
    assert [x for x in seen if not x.startswith("#")] == [f"{name} 1.0", f"{name} 0.0"]


def test_each_request_has_a_line_if_that_is_asked_for(caplog):
    with caplog.at_level(logging.INFO, "estante.requests"):
        asked(
            around(PlainTextResponse("fine")), "/static_content/%0A", headers={"X-Request-ID": "7"}
        )

    [record] = caplog.records
    assert record.getMessage().startswith("GET /static_content/%0A: 200, ")
    assert record.fields["request_id"] == "7"
