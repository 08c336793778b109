"""Turns and refusals, on a real event loop by a clock that only work moves."""

import asyncio
import logging

import pytest

from serving import admission
from serving.admission import WAITING_MIN, Questions, Refusals, Turns
from serving.errors import OverloadedError

WORK = 0.001  # seconds of each request here; ten of them are a slice


class Clock:
    """Stands for the module time."""

    now = 1000.0

    def monotonic(self):
        return self.now


clock = Clock()


@pytest.fixture(autouse=True)
def by_the_clock(monkeypatch):
    monkeypatch.setattr(admission, "time", clock)


async def served(turns, name, order, work=WORK):
    """What the gateway does with a request that is answered in one go."""
    try:
        began = await turns.enter()
    except OverloadedError:
        order.append(f"{name} refused")
        return
    try:
        clock.now += work
        order.append(name)
    finally:
        turns.leave(began)


def arrive(turns, n, order, work=WORK):
    """Let n requests arrive between two looks of the loop at what there is."""
    return [asyncio.ensure_future(served(turns, i, order, work)) for i in range(n)]


def run(scenario, seconds=0.05):
    """Run a scenario with a queue that has learnt how long a request takes."""

    async def learnt_first():
        turns = Turns(seconds, Refusals())
        for _ in range(100):
            await asyncio.gather(*arrive(turns, 1, []))
        return await scenario(turns)

    return asyncio.run(learnt_first())


def test_what_can_be_answered_soon_is_answered_in_the_order_it_came():
    async def scenario(turns):
        order = []
        await asyncio.gather(*arrive(turns, 40, order))
        return order

    assert run(scenario) == list(range(40))


def test_what_would_wait_too_long_is_refused_before_any_of_the_rest_is_answered():
    async def scenario(turns):
        order = []
        await asyncio.gather(*arrive(turns, 200, order))
        return order

    order = run(scenario)
    n_answered = sum(isinstance(one, int) for one in order)

    assert order[-n_answered:] == list(range(n_answered))
    assert 30 < n_answered < 90  # 10 at once, and 50 within the time


def test_more_may_wait_if_each_takes_less_time():
    async def scenario(turns):
        order = []
        for _ in range(20):
            await asyncio.gather(*arrive(turns, 20, [], work=0))
        await asyncio.gather(*arrive(turns, 200, order, work=0))
        return order

    assert run(scenario) == list(range(200))


def test_a_few_may_wait_however_long_they_take():
    async def scenario(turns):
        order = []
        await asyncio.gather(*arrive(turns, 100, order))
        return order

    n_answered = sum(isinstance(one, int) for one in run(scenario, seconds=0.0001))
    assert WAITING_MIN < n_answered < 2 * WAITING_MIN


def test_what_comes_later_is_refused_before_all_others_are_done():
    async def scenario(turns):
        order = []
        first = arrive(turns, 200, order)
        await asyncio.sleep(0)
        n_before = len(order)
        await served(turns, "late", order)
        assert order.index("late refused") - n_before < 30
        await asyncio.gather(*first)
        await served(turns, "last", order)
        return order

    assert run(scenario)[-1] == "last"


def test_places_are_kept_for_those_that_have_arrived_and_half_of_them_for_the_patient():
    async def scenario(turns):
        scopes = [{} for _ in range(600)]
        arriving = iter(scopes)

        def fill(*, impatient):
            return sum(turns.expect(next(arriving), impatient=impatient) for _ in range(200))

        impatient, patient = fill(impatient=True), fill(impatient=False)
        order = []
        for scope in scopes * 2:
            turns.arrive(scope)
        await asyncio.gather(*arrive(turns, impatient + patient, order))
        return impatient, patient, order, fill(impatient=False)

    impatient, patient, order, afterwards = run(scenario)

    assert 15 < impatient < 60  # ten at once, and half of those that fit into the time
    assert 10 < patient < 60
    assert order == list(range(impatient + patient))
    assert afterwards > patient


@pytest.mark.parametrize("steps", range(6))
def test_turns_that_are_given_up_are_lost_to_nobody(steps):
    async def scenario(turns):
        order = []
        tasks = arrive(turns, 40, order)
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks[5:30]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*arrive(turns, 40, again := []))
        return order, again, turns

    order, again, turns = run(scenario)

    assert {*range(5), *range(30, 40)} <= set(order)
    assert again == list(range(40))
    assert turns._running == 0


def test_questions_are_let_in_until_the_next_would_wait_too_long():
    questions, scopes = Questions(0.05, Refusals()), [{}, {}, {}]
    questions.hold(scopes[0], 99)  # half a millisecond each, until it is known
    questions.hold(scopes[1], 1000)
    with pytest.raises(OverloadedError, match="1099 questions wait already"):
        questions.hold(scopes[2], 1)

    for scope in (scopes[2], scopes[1], scopes[1]):
        questions.release(scope, answered=False)
    questions.hold(scopes[2], 2)
    with pytest.raises(OverloadedError, match="101 questions"):
        questions.hold({}, 1)


def test_how_long_a_question_takes_is_learnt():
    questions = Questions(0.05, Refusals())
    for _ in range(200):
        questions.hold(scope := {}, 100)
        questions.release(scope, answered=True)  # in no time
    questions.hold({}, 1000)
    questions.hold({}, 1000)


def test_refusals_are_counted_one_by_one_and_logged_seldom(caplog):
    refused = []
    refusals = Refusals(lambda: refused.append(1))
    with caplog.at_level(logging.WARNING, "estante.queue"):
        for _ in range(50):
            refusals.make(3, "requests")

    assert len(refused) == 50
    assert [r.getMessage() for r in caplog.records] == [
        "overloaded: 1 refused since this was said last"
    ]
