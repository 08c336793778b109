import asyncio
from dataclasses import replace

import pytest

from recommender.errors import ModeError
from recommender.query import Query
from serving import gathering
from serving.gathering import Gathering


@pytest.fixture
def calls(monkeypatch):
    """Note how many questions each call answers; one of customer "fault" raises."""
    noted = []
    real = gathering.answers_to

    def noting(queries, snapshot):
        noted.append((len(queries), snapshot))
        if any(query.customer_id == "fault" for query in queries):
            raise ZeroDivisionError
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
    ask((Query("ana"), snapshot), (Query("ana"), other), (Query("bo"), snapshot))

    assert calls == [(2, snapshot), (1, other)]


def test_a_fault_is_nobody_elses(snapshot, calls):
    first, fault, last = ask(*((Query(name), snapshot) for name in ("ana", "fault", "bo")))

    assert [first.customer_id, last.customer_id] == ["ana", "bo"]
    assert isinstance(fault, ZeroDivisionError)
    assert [n for n, _ in calls] == [3, 1, 1, 1]


def test_who_has_left_spoils_nothing(snapshot, calls):
    async def run():
        together = Gathering()
        left = asyncio.ensure_future(together.answer_to(Query("ana"), snapshot))
        stays = asyncio.ensure_future(together.answer_to(Query("bo"), snapshot))
        await asyncio.sleep(0)
        left.cancel()
        return await stays

    assert asyncio.run(run()).customer_id == "bo"
