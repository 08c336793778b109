"""Whom the gateway lets in: whole bodies, what can be answered soon, those with keys."""

import asyncio
import json

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from serving.access import Access, new_key
from serving.admission import Questions, Refusals
from serving.batching import ITEMS
from serving.bodies import BODY_MAX
from serving.metrics import Metrics
from tests.serving.behind import ANA, BATCH, around, asked, detail


def test_a_batch_has_its_questions_read_and_none_of_another_body_is():
    async def inside(scope, receive, send):
        queries = scope.get(ITEMS)
        read = [type(one).__name__ for one in queries] if queries else (await receive())["body"]
        await JSONResponse(str(read))(scope, receive, send)

    async def parts():
        yield b'{"requests": '
        yield b'[{"k": 1}, 7]}'

    assert asked(around(inside), BATCH, "POST", content=parts()).json() == (
        "['Query', 'RequestError']"
    )
    assert asked(around(inside), "/livez", "POST", content=parts()).json() == "b'{\"requests\": '"


@pytest.mark.parametrize(
    ("body", "parameters", "said"),
    [
        (b"nonsense", "", "the body is not JSON"),
        (b" " * (BODY_MAX + 1), "", "the body is longer than 2097152 bytes"),
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


def scope_of(path):
    return {"type": "http", "method": "GET", "path": path, "raw_path": b"", "headers": []}


async def ignore(_):
    pass


def test_a_crowd_is_refused_early_and_counted_and_told_as_others_are():
    metrics = Metrics()
    gateway = around(PlainTextResponse("fine"), metrics=metrics)
    headers, scopes = [(b"x-request-id", b"known")], []

    def refusals(url, n):
        scopes.extend({"headers": headers} for _ in range(n))
        tried = (gateway.refuse_early(one, url, impatient=False) for one in scopes[-n:])
        return [one for one in tried if one is not None]

    n = 5000
    refused = refusals(f"{ANA}?k=3".encode(), n)

    assert 0 < len(refused) < n
    head, _, body = refused[0].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"\r\nretry-after: 1\r\n" in head
    assert b"x-request-id: known" in head
    assert b"content-length: %d" % len(body) in head
    assert json.loads(body)["type"] == "/docs#overloaded"
    lines = metrics.text().decode().splitlines()
    route = "/v1/customers/{customer_id}/recommendations"
    assert f'estante_requests_total{{route="{route}",status="429"}} {len(refused)}.0' in lines
    assert f"estante_shed_requests_total {len(refused)}.0" in lines
    assert gateway._turns._expected == n - len(refused)
    for probe in (b"/livez", b"/readyz", b"/metrics"):
        assert not refusals(probe, 10)


@pytest.mark.parametrize("path", [ANA, "/livez", "/nothing"])
def test_a_place_that_is_kept_is_given_up_whatever_is_asked_in_the_end(path):
    gateway = around(PlainTextResponse("fine"))
    scope = scope_of(path)
    assert gateway.refuse_early(scope, ANA.encode(), impatient=False) is None
    assert gateway._turns._expected == 1
    for _ in range(2):
        asyncio.run(gateway(scope, None, ignore))
        assert gateway._turns._expected == 0


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
