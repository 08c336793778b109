"""How much is answered in one call: as much as takes some 35 ms, whatever is asked."""

from dataclasses import replace

import pytest

from recommender.errors import ModeError
from recommender.query import Query
from serving import answering

BASKET = tuple(f"p{number}" for number in range(1000))


def sizes(snapshot, *asked):
    return [len(part) for part in answering.parts(asked, snapshot)]


@pytest.mark.parametrize(
    ("query", "together"),
    [
        (Query("ana"), 100),
        (ModeError("no such mode"), 100),
        (Query("ana", 500, basket=BASKET), 33),
        (Query("ana", 500, explain=True, basket=BASKET), 1),
        (Query(None, 30, explain=True, basket=BASKET), 12),
        (Query(None, 30, exclude=BASKET, candidates=BASKET), 24),
    ],
)
def test_what_costs_more_is_answered_with_fewer_others(snapshot, query, together):
    assert sizes(snapshot, *[query] * 200)[0] == together
    assert sum(sizes(snapshot, *[query] * 200)) == 200


def test_purchases_count_where_they_are_explained(snapshot):
    explained = Query("ana", 500, explain=True)  # who has bought one product

    known, unknown = (
        answering._weight(query, snapshot.model)
        for query in (explained, replace(explained, customer_id="nobody"))
    )
    assert known == unknown + 4 * 500


def test_of_a_large_catalogue_fewer_are_answered_at_once(snapshot, monkeypatch):
    monkeypatch.setattr(type(snapshot.model.catalogue), "__len__", lambda _: 98_800)

    assert sizes(snapshot, *[Query("ana")] * 41) == [20, 20, 1]


@pytest.mark.parametrize("k", [0, -(2**63), 10**9])
def test_a_query_that_will_be_refused_makes_no_room_for_others(snapshot, k):
    wrong = Query("ana", k, explain=True)

    assert sizes(snapshot, wrong, *[Query("ana")] * 100) == [100, 1]


def test_a_fault_is_an_answer_and_nobody_elses(snapshot, monkeypatch):
    calls, real = [], answering.recommend

    def failing(model, queries, rules):
        calls.append(len(queries))
        if any(query.customer_id == "fault" for query in queries):
            raise ZeroDivisionError
        return real(model, queries, rules)

    monkeypatch.setattr(answering, "recommend", failing)
    first, fault, last = answering.answers_to(
        [Query("ana"), Query("fault"), Query("bo", mode="guess")], snapshot
    )

    assert first.customer_id == "ana"
    assert isinstance(fault, ZeroDivisionError)
    assert isinstance(last, ModeError)
    assert calls == [3, 1, 1, 1]
