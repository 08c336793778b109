import asyncio
from dataclasses import replace

import pytest

from recommender.errors import ModeError
from recommender.query import Query
from serving import gathering
from serving.gathering import Gathering


@pytest.fixture
def calls(monkeypatch):
    """Note how many questions each call answers."""
    noted = []
    real = gathering.answers_to

    def noting(queries, snapshot):
        noted.append((len(queries), snapshot))
        return real(queries, snapshot)

    monkeypatch.setattr(gathering, "answers_to", noting)
    return noted


def ask(*asked):
    """Ask all at once, each of its snapshot; return answers and what was raised, in order."""

    async def run():
        together = Gathering()
        each = (together.answer_to(query, snapshot) for query, snapshot in asked)
        return await asyncio.gather(*each, return_exceptions=True)

    return asyncio.run(run())


def test_what_is_asked_at_once_is_scored_in_one_call(snapshot, calls):
    wrong = Query("ana", mode="guess")
    answers = ask((Query("ana"), snapshot), (wrong, snapshot), (Query("nobody"), snapshot))

    assert calls == [(3, snapshot)]
    assert [answers[0].customer_id, answers[2].customer_id] == ["ana", "nobody"]
    assert isinstance(answers[1], ModeError)


def test_each_is_answered_by_its_own_snapshot(snapshot, calls):
    other = replace(snapshot)
    ask((Query("ana"), snapshot), (Query("bo"), snapshot), (Query("ana"), other))

    assert calls == [(2, snapshot), (1, other)]


def test_too_many_are_answered_in_turn_and_the_loop_looks_around_between(snapshot, calls):
    turns = []

    async def others():
        while True:
            turns.append(len(calls))
            await asyncio.sleep(0)

    async def run():
        together = Gathering()
        other = asyncio.ensure_future(others())
        each = (together.answer_to(Query(f"c{number}"), snapshot) for number in range(250))
        answers = await asyncio.gather(*each)
        other.cancel()
        return answers

    answers = asyncio.run(run())

    assert [answer.customer_id for answer in answers] == [f"c{number}" for number in range(250)]
    assert [n for n, _ in calls] == [100, 100, 50]
    assert {0, 1, 2, 3} <= set(turns)


def test_who_has_left_spoils_nothing(snapshot, calls):
    async def run():
        together = Gathering()
        left = asyncio.ensure_future(together.answer_to(Query("ana"), snapshot))
        stays = asyncio.ensure_future(together.answer_to(Query("bo"), snapshot))
        await asyncio.sleep(0)
        left.cancel()
        return await stays

    assert asyncio.run(run()).customer_id == "bo"
