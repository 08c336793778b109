import numpy as np
import pytest

from recommender.modes import MODES, blend, blend_baskets, eligible, filters
from recommender.product_lists import ProductLists
from recommender.scorers import Popularity, Repeat

SEEN = ProductLists.of([np.array([0, 2]), np.array([], dtype=np.int64), np.array([3])])


def popularity(*values):
    return Popularity(np.array(values, dtype=np.float32))


def repeat(n_products):
    value = np.ones(1, dtype=np.float32)
    return Repeat(np.array([0, 1]), np.zeros(1, np.int32), value, np.array([n_products]))


def test_what_each_mode_may_recommend():
    discover = [[0, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, 0]]
    assert eligible("discover", SEEN, 4).astype(int).tolist() == discover
    rebuy = [[1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 1]]
    assert eligible("rebuy", SEEN, 4).astype(int).tolist() == rebuy
    assert eligible("mixed", SEEN, 4).all()


@pytest.mark.parametrize("mode", MODES)
def test_of_one_customer_filters_allow_the_same(mode):
    for row, expected in enumerate(eligible(mode, SEEN, 4)):
        bought = SEEN[row]
        for parts in ([bought], [bought[:1], bought[1:]]):
            scores = filters(mode, parts).apply(np.zeros(4, dtype=np.float32))
            assert (scores == 0).tolist() == expected.tolist()


def test_a_mode_is_a_weighted_sum():
    scorers = {"a": popularity(1, 2), "b": popularity(10, 0), "unused": popularity(100, 100)}
    scores = blend({"a": 2.0, "b": 0.5}, scorers, np.array([0, 1]))
    assert scores.dtype == np.float32
    assert scores.tolist() == [[7, 4], [7, 4]]
    assert scorers["a"].popularity.tolist() == [1, 2]


def test_a_basket_is_scored_by_those_scorers_that_can():
    scorers = {"repeat": repeat(2), "a": popularity(1, 2), "b": popularity(10, 0)}
    baskets = [np.array([0]), np.array([0, 1])]
    scores = blend_baskets({"repeat": 5.0, "a": 2.0, "b": 0.5}, scorers, baskets)
    assert scores.dtype == np.float32
    assert scores.tolist() == [[7, 4], [7, 4]]
    assert blend_baskets({"repeat": 5.0}, scorers, baskets) is None


def test_a_basket_alone_is_scored_by_scorers_that_spread_alike():
    scorers = {"a": popularity(1, 3), "b": popularity(100, 0), "even": popularity(7, 7)}
    scores = blend_baskets({"a": 2.0, "b": 0.5, "even": 1.0}, scorers, [np.array([0])], alone=True)
    # 2 * (1, 3) / 1 + 0.5 * (100, 0) / 50 + (7, 7)
    assert scores.tolist() == [[10, 13]]
