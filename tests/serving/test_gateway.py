"""What enters and leaves the gateway; the applications inside are real ASGI."""

import asyncio
import logging

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from serving.access import Access, new_key
from serving.admission import Questions, Refusals, Turns
from serving.batching import ITEMS
from serving.bodies import BODY_MAX
from serving.errors import NotReadyError
from serving.gateway import Gateway
from serving.metrics import Metrics
from serving.snapshot import Slot

ANA = "/v1/customers/ana/recommendations"
BATCH = "/v1/recommendations"


def around(inside, *, slot=None, access=None, metrics=None, questions=None):
    return Gateway(
        inside,
        routes=inside,
        slot=slot or Slot(),
        access=access or Access(),
        turns=Turns(0.1, Refusals()),
        questions=questions or Questions(1, Refusals()),
        metrics=metrics or Metrics(),
    )


def asked(gateway, path="/", method="GET", **more):
    async def ask():
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **more)

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
    inside = Starlette(routes=[Route("/here", PlainTextResponse("fine"), methods=["POST"])])

    assert "/there" in detail(asked(around(inside), "/there"), 404)

    async def endpoint(_):
        return PlainTextResponse("fine")

    inside = Starlette(routes=[Route("/here", endpoint, methods=["POST"])])
    answered = asked(around(inside), "/here")
    assert detail(answered, 405) == "GET is not allowed at /here; allowed: POST"
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
        answered = asked(around(inside), "/a%0Db", headers={"X-Request-ID": "7"})

    assert "secret" not in detail(answered, 500)
    assert "GET /a%0Db failed (7)" in caplog.text
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
        asked(around(PlainTextResponse("fine")), "/a%0Ab", headers={"X-Request-ID": "7"})

    [record] = caplog.records
    assert record.getMessage().startswith("GET /a%0Ab: 200, ")
    assert record.fields["request_id"] == "7"


def test_a_batch_has_its_questions_read_and_none_of_another_body_is():
    async def inside(scope, receive, send):
        read = scope.get(ITEMS) or (await receive())["body"]
        await JSONResponse(str(read))(scope, receive, send)

    async def parts():
        yield b'{"requests": '
        yield b'[{"k": 1}, 7]}'

    assert asked(around(inside), BATCH, "POST", content=parts()).json() == "[{'k': 1}, 7]"
    assert asked(around(inside), "/v1/other", "POST", content=parts()).json() == (
        "b'{\"requests\": '"
    )


@pytest.mark.parametrize(
    ("body", "parameters", "said"),
    [
        (b"nonsense", "", "the body is not JSON"),
        (b" " * (BODY_MAX + 1), "", "the body is longer than 8388608 bytes"),
        (b'{"requests": []}', "?k=5", 'parameter "k" is unknown'),
    ],
)
def test_a_wrong_body_is_refused_without_bentoml(body, parameters, said):
    async def inside(scope, receive, send):
        raise AssertionError

    answered = asked(around(inside), BATCH + parameters, "POST", content=body)

    assert detail(answered, 400).startswith(said)


def test_questions_that_would_wait_too_long_are_refused_without_bentoml_and_memory_is_kept():
    body = b'{"requests": [1, 2, 3, 4, 5, 6]}'
    answers = []

    async def run():
        inside_, leave = asyncio.Event(), asyncio.Event()

        async def inside(scope, receive, send):
            inside_.set()
            await leave.wait()
            await PlainTextResponse("fine")(scope, receive, send)

        gateway = around(inside, questions=Questions(0.002, Refusals()))
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            first = asyncio.ensure_future(client.post(BATCH, content=body))
            await inside_.wait()
            answers.append(await client.post(BATCH, content=body))
            leave.set()
            answers.append(await first)
            answers.append(await client.post(BATCH, content=body))
        assert gateway._bodies._held == 0

    asyncio.run(run())

    assert [answer.status_code for answer in answers] == [429, 200, 200]
    assert answers[0].headers["retry-after"] == "1"


@pytest.fixture
def keyed(tmp_path):
    """A gateway that asks for keys, and one key of each scope."""
    read, admin = new_key("shop", "read"), new_key("prometheus", "admin")
    file = tmp_path / "keys"
    file.write_text(f"{read[1]}\n{admin[1]}\n")
    return around(PlainTextResponse("fine"), access=Access(file)), read[0], admin[0]


@pytest.mark.parametrize("path", [ANA, BATCH, "/v1/model", "/metrics", "/schema.json", "/nothing"])
def test_without_a_key_nothing_is_told(keyed, path):
    for headers in ({}, {"X-API-Key": "estante_guess"}, {"Authorization": "Basic c2hvcDo="}):
        answered = asked(keyed[0], path, headers=headers)

        assert "Authorization: Bearer KEY or X-API-Key: KEY" in detail(answered, 401)
        assert answered.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/docs", "/openapi.json", "/"])
def test_probes_and_pages_need_no_key(keyed, path):
    assert asked(keyed[0], path).status_code == 200


def test_a_key_is_taken_in_either_header_and_does_what_its_scope_says(keyed):
    gateway, read, admin = keyed
    for headers in ({"Authorization": f"Bearer {read}"}, {"X-API-Key": read}):
        assert asked(gateway, ANA, headers=headers).status_code == 200
        assert "scope admin" in detail(asked(gateway, "/metrics", headers=headers), 403)
    for path in (ANA, "/metrics"):
        assert asked(gateway, path, headers={"X-API-Key": admin}).status_code == 200
