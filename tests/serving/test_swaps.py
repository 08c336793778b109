"""Models that change under load: on the real server, from a real store."""

import asyncio
import itertools
import random
import time
from pathlib import Path

import pytest

from local import ports, service
from recommender import artifact
from recommender.query import Query
from recommender.recommend import recommend
from tests.serving.load import Load, p99_ms

VERSIONS = ("v0", "v1", "v2", "v3")
N_CUSTOMERS, N_PRODUCTS = 2_000, 1_500
WARM_SWAPS = 5  # until memory has its size
GROWTH_MAX = 40e6  # bytes, over all further swaps
AFTER = 0.3  # seconds after a swap that count as during it: the former model is freed then


def oracle(shelf, customer_ids):
    """Return which products each version recommends to each customer."""
    expected = {}
    for version in VERSIONS:
        model = artifact.load(shelf.version(version)).model
        answers = recommend(model, [Query(customer_id) for customer_id in customer_ids])
        for answer in answers:
            products = [item.product_id for item in answer.items]
            expected[version, answer.customer_id] = products
    return expected


def resident(pid):
    """Return the bytes that a process has in memory and that are its own, or nobody else's."""
    fields = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in fields if line.startswith("Private_"))


def worker_of(parent):
    """Return the process that answers: the child of ``bentoml serve`` that has the most memory."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return max(map(int, children), key=resident)


async def serves(load, version, after):
    """Return when the first answer by a version began to arrive, asked after a moment."""
    seen = len(load.exchanges)
    while True:
        for exchange in itertools.islice(load.exchanges, seen, None):
            seen += 1
            if exchange.began > after and exchange.headers.get("x-model-version") == version:
                return exchange.ended
        assert time.perf_counter() - after < 20, f"{version} is not served"
        await asyncio.sleep(0.002)


async def swap(shelf, load, n_swaps, pid):
    """Promote one version after another under load; return the spans of time, and the memory."""
    stop, spans, memory = asyncio.Event(), [], []
    running = asyncio.create_task(load.run(stop))
    await asyncio.sleep(0.5)
    for number in range(1, n_swaps + 1):
        version = VERSIONS[number % len(VERSIONS)]
        await asyncio.sleep(0.5)
        await asyncio.to_thread(shelf.promote, version)
        promoted = time.perf_counter()
        spans.append((promoted, await serves(load, version, promoted)))
        memory.append(resident(pid))
    await asyncio.sleep(0.5)
    stop.set()
    await running
    return spans, memory


@pytest.mark.parametrize("n_swaps", [10, pytest.param(100, marks=pytest.mark.long)])
def test_swaps_under_load_fail_nothing_and_mix_nothing(shelf, tmp_path, n_swaps):
    digests = {
        version: shelf.push(version, seed, n_customers=N_CUSTOMERS, n_products=N_PRODUCTS)
        for seed, version in enumerate(VERSIONS)
    }
    customer_ids = [f"c{row}" for row in random.Random(0).sample(range(N_CUSTOMERS), 200)]
    expected = oracle(shelf, customer_ids)
    shelf.promote("v0")
    with service.started(shelf.alias, tmp_path / "run", port=ports.free(1)[0]) as server:
        load = Load(server.url, customer_ids)
        pid = worker_of(server.child.pid)
        spans, memory = asyncio.run(swap(shelf, load, n_swaps, pid))

    failed = [exchange for exchange in load.exchanges if exchange.status != 200]
    wrong = [
        exchange
        for exchange in load.exchanges
        if exchange.status == 200 and not agrees(exchange, digests, expected)
    ]
    during = [e for e in load.exchanges if any(b < e.ended < s + AFTER for b, s in spans)]
    outside = [e for e in load.exchanges if not any(b < e.ended < s + AFTER for b, s in spans)]
    delays = sorted(served - promoted for promoted, served in spans)
    print(
        f"{n_swaps} swaps under {len(load.exchanges)} requests: {len(failed)} failed, "
        f"{len(wrong)} wrong; p99 {p99_ms(during):.1f} ms during, {p99_ms(outside):.1f} ms "
        f"outside; promotion to first answer: median {delays[len(delays) // 2]:.2f} s, "
        f"longest {delays[-1]:.2f} s; memory of its own {memory[0] / 1e6:.0f} MB after the first "
        f"swap, {memory[-1] / 1e6:.0f} MB after the last"
    )
    assert not failed
    assert not wrong
    assert {exchange.headers["x-model-version"] for exchange in load.exchanges} == set(VERSIONS)
    assert load.connections == load.n_clients  # none was ever closed
    assert memory[-1] - memory[WARM_SWAPS] < GROWTH_MAX


def agrees(exchange, digests, expected):
    """Tell whether versions, digests and items, and the headers, are of one model."""
    version = exchange.headers["x-model-version"]
    model = {"version": version, "digest": digests[version], "stale": False}
    return exchange.headers["x-model-digest"] == digests[version] and all(
        answer["model"] == model
        and [item["product_id"] for item in answer["items"]] == expected[version, customer_id]
        for customer_id, answer in zip(exchange.customer_ids, exchange.answers, strict=True)
    )
