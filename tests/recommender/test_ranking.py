import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking import top_k


def by_hand(scores, k, allowed):
    order = sorted((i for i in range(len(scores)) if allowed[i]), key=lambda i: (-scores[i], i))
    return order[:k]


# Few distinct scores, so that ties at the cut-off are the rule.
cases = st.lists(st.tuples(st.integers(-2, 2), st.booleans()), min_size=1, max_size=40)


@given(cases, st.integers(1, 45))
def test_equals_a_full_sort_by_score_then_index(case, k):
    scores = np.array([score for score, _ in case], dtype=np.float32)
    allowed = np.array([ok for _, ok in case])
    assert top_k(scores, k, allowed).tolist() == by_hand(scores, k, allowed)


def test_without_a_mask_everything_is_allowed():
    assert top_k(np.array([1, 3, 2], dtype=np.float32), 2).tolist() == [1, 2]


def test_shorter_where_fewer_are_allowed():
    scores = np.array([1, 3, 2], dtype=np.float32)
    assert top_k(scores, 3, np.array([True, False, False])).tolist() == [0]
    assert top_k(scores, 3, np.zeros(3, dtype=bool)).tolist() == []
