import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from serving.cors import allowing

ORIGIN = "https://shop.example"


def asked(origins, method="GET", **headers):
    async def ask():
        transport = httpx.ASGITransport(allowing(PlainTextResponse("fine"), origins))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, "/", headers={"Origin": ORIGIN} | headers)

    return asyncio.run(ask())


PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def test_no_page_may_ask_unless_one_is_named():
    app = PlainTextResponse("fine")

    assert allowing(app, ()) is app


@pytest.mark.parametrize("origins", [(ORIGIN,), ("https://other.example", ORIGIN), ("*",)])
def test_a_named_page_may_ask_and_read_what_it_needs(origins):
    answer, preflight = asked(origins), asked(origins, "OPTIONS", **PREFLIGHT)

    assert answer.headers["access-control-allow-origin"] in (ORIGIN, "*")
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] in (ORIGIN, "*")


def test_another_page_may_not():
    origins = ("https://other.example",)

    assert "access-control-allow-origin" not in asked(origins).headers
    assert asked(origins, "OPTIONS", **PREFLIGHT).status_code == 400
