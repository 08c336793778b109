"""Turns and refusals, on a real event loop."""

import asyncio
import logging

import pytest

from serving.admission import AT_ONCE, Queue
from serving.errors import OverloadedError


async def served(queue, name, order):
    """What the gateway does with a request that is answered in one go."""
    try:
        await queue.enter()
    except OverloadedError:
        order.append(f"{name} refused")
        return
    try:
        order.append(name)
    finally:
        queue.leave()


def arrive(queue, n, order):
    """Let n requests arrive between two looks of the loop at what there is."""
    return [asyncio.ensure_future(served(queue, i, order)) for i in range(n)]


def test_what_fits_is_served_in_the_order_it_came():
    async def run():
        order = []
        await asyncio.gather(*arrive(Queue(100), AT_ONCE + 100, order))
        return order

    assert asyncio.run(run()) == list(range(AT_ONCE + 100))


def test_what_does_not_fit_is_refused_before_any_of_the_rest_is_served():
    async def run():
        order = []
        await asyncio.gather(*arrive(Queue(5), AT_ONCE + 5 + 3, order))
        return order

    fit = list(range(AT_ONCE + 5))
    assert asyncio.run(run()) == [f"{AT_ONCE + 5 + i} refused" for i in range(3)] + fit


def test_what_comes_later_is_refused_while_others_wait_and_served_when_they_are_gone():
    async def run():
        order, queue = [], Queue(2 * AT_ONCE)
        first = arrive(queue, 3 * AT_ONCE, order)
        await asyncio.sleep(0)
        await served(queue, "late", order)
        assert "late refused" in order
        assert order.index("late refused") < AT_ONCE  # and did not wait for the rest
        await asyncio.gather(*first)
        await served(queue, "last", order)
        return order

    assert asyncio.run(run())[-1] == "last"


@pytest.mark.parametrize("steps", range(6))
def test_turns_that_are_given_up_are_lost_to_nobody(steps):
    async def run():
        order, queue = [], Queue(100)
        tasks = arrive(queue, 40, order)
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks[5:30]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*arrive(queue, AT_ONCE + 100, again := []))
        return order, again, queue

    order, again, queue = asyncio.run(run())

    assert {*range(5), *range(30, 40)} <= set(order)
    assert again == list(range(AT_ONCE + 100))
    assert queue._running == 0


def test_questions_are_let_in_until_as_many_as_may_wait_do():
    queue, scopes = Queue(100), [{}, {}, {}]
    queue.hold(scopes[0], 99)
    queue.hold(scopes[1], 1000)
    with pytest.raises(OverloadedError, match="1099 questions wait already"):
        queue.hold(scopes[2], 1)

    queue.release(scopes[2])
    queue.release(scopes[1])
    queue.release(scopes[1])
    queue.hold(scopes[2], 1)
    with pytest.raises(OverloadedError, match="100 questions"):
        queue.hold({}, 1)


def test_refusals_are_counted_one_by_one_and_logged_seldom(caplog):
    refused = []
    queue = Queue(0, lambda: refused.append(1))
    with caplog.at_level(logging.WARNING, "estante.queue"):
        for _ in range(50):
            with pytest.raises(OverloadedError):
                queue.hold({}, 1)

    assert len(refused) == 50
    assert [r.getMessage() for r in caplog.records] == [
        "overloaded: 1 refused since the last such line"
    ]
