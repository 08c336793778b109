import asyncio
import weakref
from dataclasses import replace

import httpx
import pytest

from serving import routes
from serving.metrics import METRICS
from serving.remembered import Kept, Remembered
from serving.snapshot import Reference


def kept(n_bytes):
    return Kept(b"x" * n_bytes, ())


@pytest.fixture
def remembered():
    return Remembered(max_bytes=30_000)


def test_an_answer_is_found_until_another_model_answers(remembered, snapshot):
    answer = kept(100)
    remembered.keep(b"/a", snapshot, answer)
    other = replace(snapshot)

    assert remembered.find(b"/a", snapshot) is answer
    assert remembered.find(b"/b", snapshot) is None
    assert remembered.find(b"/a", other) is None
    remembered.keep(b"/b", other, answer)
    assert remembered.find(b"/b", other) is answer
    assert remembered.find(b"/a", other) is None


def test_a_model_that_was_replaced_is_not_kept_alive(remembered, snapshot):
    old = replace(snapshot)
    remembered.keep(b"/a", old, kept(100))
    alive = weakref.ref(old)
    del old

    assert alive() is None
    assert remembered.find(b"/a", snapshot) is None


def test_the_least_recently_asked_is_forgotten_first(remembered, snapshot):
    for question in (b"/a", b"/b"):
        remembered.keep(question, snapshot, kept(12_000))
    remembered.find(b"/a", snapshot)
    remembered.keep(b"/c", snapshot, kept(12_000))

    found = [question for question in (b"/a", b"/b", b"/c") if remembered.find(question, snapshot)]
    assert found == [b"/a", b"/c"]


def test_memory_is_bounded_whatever_is_asked(remembered, snapshot):
    remembered.keep(b"/large", snapshot, kept(40_000))
    assert remembered.find(b"/large", snapshot) is None
    for number in range(1000):
        remembered.keep(b"/%d" % number, snapshot, kept(100))
        remembered.keep(b"/%d" % number, snapshot, kept(100))
    found = [n for n in range(1000) if remembered.find(b"/%d" % n, snapshot)]
    assert found == list(range(1000 - len(found), 1000))
    assert 20 < len(found) < 30


URL = "/v1/customers/ana/recommendations?k=1"


async def asked(application, headers=()):
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get(URL, headers=dict(headers))


def counted():
    return METRICS.registry.get_sample_value(
        "estante_answers_total", {"mode": "discover", "strategy": "personal"}
    )


def test_who_asks_again_gets_the_same_and_is_counted(slot):
    application = routes.application(slot)
    first = asyncio.run(asked(application))
    before = counted()
    again = asyncio.run(asked(application))

    assert again.content == first.content
    assert again.headers == first.headers
    assert counted() == before + 1
    assert (
        asyncio.run(asked(application, {"if-none-match": again.headers["etag"]})).status_code == 304
    )


def test_a_new_model_answers_itself(slot, snapshot):
    application = routes.application(slot)
    asyncio.run(asked(application))
    slot.put(replace(snapshot, reference=Reference("next", snapshot.reference.digest)))

    assert asyncio.run(asked(application)).json()["model"]["version"] == "next"
