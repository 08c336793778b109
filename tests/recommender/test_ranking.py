import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recommender.ranking import OUT, top_k, top_k_of_each


def by_hand(scores, k, allowed):
    order = sorted((i for i in range(len(scores)) if allowed[i]), key=lambda i: (-scores[i], i))
    return order[:k]


# Few distinct scores, so that ties at the cut-off are the rule.
cases = st.lists(st.tuples(st.integers(-2, 2), st.booleans()), min_size=1, max_size=40)


@given(cases, st.integers(1, 45))
def test_equals_a_full_sort_by_score_then_index(case, k):
    scores = np.array([score for score, _ in case], dtype=np.float32)
    allowed = np.array([ok for _, ok in case])
    assert top_k(np.where(allowed, scores, OUT), k).tolist() == by_hand(scores, k, allowed)


def test_shorter_where_fewer_are_left():
    scores = np.array([1, OUT, 2], dtype=np.float32)
    assert top_k(scores, 2).tolist() == [2, 0]
    assert top_k(scores, 3).tolist() == [2, 0]
    assert top_k(np.full(3, OUT), 3).tolist() == []


@pytest.mark.parametrize("n_above", [0, 3, 10, 11])
def test_of_many_ties_the_first_get_the_places_that_are_left(n_above):
    scores = np.zeros(5003, dtype=np.float32)
    scores[4000 : 4000 + n_above] = 1
    expected = by_hand(scores, 10, np.ones(scores.size, dtype=bool))
    assert top_k(scores, 10).tolist() == expected


shapes = st.tuples(st.integers(0, 5), st.integers(1, 60))
tables = shapes.flatmap(
    lambda shape: st.tuples(
        arrays.arrays(np.float32, shape, elements=st.integers(-2, 2).map(float)),
        arrays.arrays(np.bool_, shape),
    )
)


@given(tables, st.integers(1, 65))
def test_of_each_row_it_is_the_same(table, k):
    scores, allowed = table
    for mask in (allowed, None):
        lists = top_k_of_each(scores, k, mask)
        expected = [
            top_k(row if mask is None else np.where(mask[i], row, OUT), k).tolist()
            for i, row in enumerate(scores)
        ]
        assert [lists[i].tolist() for i in range(len(lists))] == expected


@pytest.mark.parametrize("k", [1, 7, 50])
def test_of_each_row_where_the_catalogue_is_many_times_k(k):
    generator = np.random.default_rng(k)
    scores = generator.normal(size=(6, 1003)).astype(np.float32)
    scores[1] = np.sort(scores[1])
    scores[2] = 0
    scores[3, ::5] = 9  # all the best in one group of products
    allowed = generator.random(scores.shape) < 0.5
    lists = top_k_of_each(scores, k, allowed)
    for row in range(6):
        assert lists[row].tolist() == top_k(np.where(allowed[row], scores[row], OUT), k).tolist()


def test_scores_are_left_as_they_are():
    scores = np.arange(12, dtype=np.float32).reshape(3, 4)
    top_k_of_each(scores, 2, np.zeros((3, 4), dtype=bool))
    assert scores.ravel().tolist() == list(range(12))
