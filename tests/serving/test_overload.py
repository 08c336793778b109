"""More than the service can do, on the real server: refused at once, and soon forgotten."""

import asyncio
import contextlib
import json
import time

import httpx
import numpy as np
import pytest

from local import ports, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary
from tests.serving import crowd

N_CUSTOMERS, N_PRODUCTS, N_FACTORS = 100, 20_000, 64
BATCH = "/v1/recommendations"


def write_model(folder):
    """Write a model that takes about a millisecond for an answer."""
    generator = np.random.default_rng(0)
    factors = [
        generator.standard_normal((n, N_FACTORS), dtype=np.float32)
        for n in (N_CUSTOMERS, N_PRODUCTS)
    ]
    names = [f"p{i}" for i in range(N_PRODUCTS)]
    model = Model(
        customers=Vocabulary([f"c{i}" for i in range(N_CUSTOMERS)]),
        catalogue=Catalogue(names, names, [""] * N_PRODUCTS),
        history=History(
            np.arange(N_CUSTOMERS + 1), np.arange(N_CUSTOMERS, dtype=np.int32), N_PRODUCTS
        ),
        scorers={
            "factors": Factors(*factors, np.zeros(N_PRODUCTS, dtype=np.float32)),
            "popularity": Popularity(np.arange(N_PRODUCTS, dtype=np.float32)),
        },
        modes={"discover": {"factors": 1.0}},
    )
    artifact.write(folder, model, lineage={}, metrics={})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overload")
    write_model(folder / "model")
    with service.started(str(folder / "model"), folder / "run", port=ports.free(1)[0]) as server:
        yield server


@pytest.fixture(scope="module")
def port(server):
    return int(server.url.rpartition(":")[2])


def shown(name, answers):
    kinds = {status: [a for a in answers if a.status == status] for status in (200, 429)}
    told = (
        f"{len(some)} of {status} in {crowd.percentile(some, 50):.1f} / "
        f"{crowd.percentile(some, 99):.1f} ms"
        for status, some in kinds.items()
    )
    print(f"{name}: {', '.join(told)} (p50 / p99)")
    return kinds[200], kinds[429]


@pytest.mark.parametrize(
    ("n_clients", "seconds"), [(400, 4), pytest.param(1000, 15, marks=pytest.mark.long)]
)
def test_too_many_gets_are_refused_at_once_and_the_rest_is_answered_soon(port, n_clients, seconds):
    calm, _ = shown("before", asyncio.run(crowd.press(port, 4, 1, pause=0.02)))
    hammer = crowd.start(port, n_clients, seconds + 3)
    time.sleep(2)
    try:
        answered, refused = shown(
            f"patient ones beside {n_clients} others",
            asyncio.run(crowd.press(port, 20, seconds, pause=0.1, patience=1.0)),
        )
        began = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        assert time.monotonic() - began < 2
    finally:
        others = json.loads(hammer.communicate()[0])
    after, refused_after = shown("after", asyncio.run(crowd.press(port, 4, 1, pause=0.02)))
    print(f"the others: {others['counts']} in {seconds + 3} s")

    assert others["counts"].keys() == {"200", "429"}
    head, body = others["refusal"]
    assert "\r\nretry-after: 1\r\n" in head
    assert "\r\ncontent-type: application/problem+json\r\n" in head
    assert "\r\nx-request-id: " in head
    assert json.loads(body)["type"] == "/docs#overloaded"
    assert len(answered) > len(refused) / 2  # who is patient is answered more often than not
    assert crowd.percentile(answered, 50) < 1000  # the bound is 100 ms of the server's own time
    assert crowd.percentile(refused, 50) < 500 or not refused
    assert calm
    assert after
    assert not refused_after


def test_too_many_posts_are_refused_too_and_none_is_lost(port):
    body = json.dumps({"requests": [{"customer_id": f"c{i % 100}"} for i in range(500)]}).encode()
    asked = crowd.request(BATCH, method="POST", body=body)

    async def press():
        answers, until = [], time.monotonic() + 0.1
        clients = (crowd.ask(port, iter([asked]), until, answers, 1, 1) for _ in range(60))
        await asyncio.gather(*clients)
        return answers

    answered, refused = shown("60 POSTs of 500", asyncio.run(press()))

    assert len(answered) + len(refused) == 60
    assert answered
    assert refused
    assert all(len(json.loads(answer.body)) == 500 for answer in answered)
    assert b"\r\nretry-after: 1\r\n" in refused[0].head
    again, none = shown("after", asyncio.run(crowd.press(port, 1, 1)))
    assert again
    assert not none


def test_what_is_refused_is_counted(port):
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    counts = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")

    refused = sum(float(n) for name, n in counts.items() if 'status="429"' in name)
    assert float(counts["estante_shed_requests_total"]) == refused > 0
    assert float(counts["estante_requests_in_flight"]) == 1  # this one


def test_bodies_that_never_end_or_are_huge_or_deep_take_no_memory_and_no_time(server, port):
    head = f"POST {BATCH} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    worker = crowd.worker_of(server.child.pid)
    before = crowd.resident(worker)

    async def flood(writer):
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        for _ in range(400):  # 25 MiB, of which 2 are read
            writer.write(chunk)
            await writer.drain()

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        flooding = asyncio.ensure_future(flood(writer))
        status, _, body = await crowd.receive(reader)
        flooding.cancel()
        await crowd.close(writer)
        return status, json.loads(body)["detail"]

    async def many():
        return await asyncio.gather(*(one() for _ in range(20)), return_exceptions=True)

    told = asyncio.run(many())
    deep = httpx.post(f"http://127.0.0.1:{port}{BATCH}", content=b"[" * 2**20, timeout=10)

    assert {status for status, _ in told} <= {400, 429}
    assert any("longer than 2097152 bytes" in detail for _, detail in told)
    assert deep.status_code == 400
    grown = crowd.resident(worker) - before
    print(f"20 endless bodies: {grown / 2**20:.0f} MiB more memory")
    assert grown < 150 * 2**20
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200


FLOODS = {
    "sent ahead": b"GET /v1/model HTTP/1.1\r\nHost: test\r\n\r\n" * 5_000,
    "endless head": b"GET / HTTP/1.1\r\n" + (b"a: " + b"x" * 1000 + b"\r\n") * 2_000,
}


@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.parametrize("n", [20, pytest.param(200, marks=pytest.mark.long)])
def test_floods_of_requests_and_heads_take_no_memory(server, port, kind, n):
    worker = crowd.worker_of(server.child.pid)
    before = crowd.resident(worker)

    async def flood():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(OSError):
            writer.write(FLOODS[kind])
            await writer.drain()
            await reader.read()
        await crowd.close(writer)

    async def many():
        async with asyncio.timeout(120):
            await asyncio.gather(*(flood() for _ in range(n)))

    asyncio.run(many())  # each is ended by the server

    grown = crowd.resident(worker) - before
    print(f"{n} floods, {kind}: {grown / 2**20:.0f} MiB more memory")
    assert grown < n * 2**18 + 2**25  # what is on its way out, a few answers each
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200


async def drip(port):
    """Send a body bit by bit, and never all of it; return what is answered meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {BATCH} HTTP/1.1\r\nHost: test\r\nContent-Length: 999\r\n\r\n".encode())
    answer = asyncio.ensure_future(crowd.receive(reader))
    while not answer.done():
        writer.write(b" ")
        await asyncio.wait([answer], timeout=0.2)
    await crowd.close(writer)
    return answer.result()


@pytest.mark.parametrize("n", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_bodies_that_drip_keep_nobody_waiting_and_are_given_up(port, n):
    body = json.dumps({"requests": [{"customer_id": "c1", "k": 1}]}).encode()
    asked = crowd.request(BATCH, method="POST", body=body)

    async def run():
        slow = asyncio.gather(*(drip(port) for _ in range(n)))
        await asyncio.sleep(0.5)
        answers = []
        await crowd.ask(port, iter([asked] * 1000), time.monotonic() + 2, answers, 0.02)
        return answers, await slow

    answers, slow = asyncio.run(run())

    shown(f"beside {n} slow bodies", answers)
    assert {answer.status for answer in answers} == {200}
    assert crowd.percentile(answers, 50) < 500
    assert {status for status, _, _ in slow} == {408}
    assert all(b"\r\nconnection: close\r\n" in head for _, head, _ in slow)


@pytest.mark.parametrize("n", [300, pytest.param(3000, marks=pytest.mark.long)])
def test_idle_connections_take_little_and_are_closed(server, port, n):
    worker = crowd.worker_of(server.child.pid)
    before = crowd.resident(worker)

    async def hold():
        streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(n)]
        for i, (_, writer) in enumerate(streams):
            if i % 2:
                writer.write(b"GET /v1/model HTTP/1.1\r\nHost: te")
        await asyncio.sleep(1)
        grown = crowd.resident(worker) - before
        answers = await crowd.press(port, 4, 1, pause=0.02)
        began = time.monotonic()
        async with asyncio.timeout(40):
            ends = await asyncio.gather(
                *(reader.read() for reader, _ in streams), return_exceptions=True
            )
        await asyncio.gather(*(crowd.close(writer) for _, writer in streams))
        return grown, answers, time.monotonic() - began, ends

    grown, answers, seconds, ends = asyncio.run(hold())
    print(f"{n} idle connections: {grown / n / 1024:.0f} KiB each, closed after {seconds:.0f} s")

    assert {answer.status for answer in answers} == {200}
    assert grown < n * 64 * 1024 + 2**23
    assert all(end == b"" or isinstance(end, ConnectionResetError) for end in ends)
