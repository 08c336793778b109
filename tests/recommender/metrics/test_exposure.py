import numpy as np
import pytest

from recommender.metrics import coverage, exposure, gini, mean_over, novelty, popularity_shares
from recommender.product_lists import ProductLists


@pytest.fixture
def exposed():
    """Products 0 to 3 are recommended to 2, 1, 0 and 1 customers."""
    lists = ProductLists.of([np.array([0, 1]), np.array([0, 3])])
    return exposure(lists, n_products=4)


def test_to_how_many_customers_each_product_is_recommended(exposed):
    assert exposed.tolist() == [2, 1, 0, 1]


def test_coverage(exposed):
    assert coverage(exposed) == 3 / 4
    assert coverage(np.zeros(4, dtype=int)) == 0


def test_gini(exposed):
    # sorted 0 1 1 2: (-3 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / (4 * 4)
    assert gini(exposed) == 6 / 16
    assert gini(np.array([3, 3, 3])) == 0
    assert gini(np.array([0, 9, 0, 0])) == 3 / 4
    assert gini(np.zeros(4, dtype=int)) == 0


def test_novelty_is_in_bits(exposed):
    shares = popularity_shares(np.array([8, 4, 0, 2]), n_customers=8)
    # twice 0 bits (bought by all), once 1 bit (by half), once 2 bits (by a quarter)
    assert novelty(exposed, shares) == (2 * 0 + 1 + 2) / 4


def test_a_product_that_nobody_bought_counts_as_bought_by_one():
    assert popularity_shares(np.array([4, 0]), n_customers=4).tolist() == [1, 0.25]


def test_the_popularity_of_what_is_recommended(exposed):
    assert mean_over(exposed, np.array([1, 0.5, 0, 0.25])) == (2 * 1 + 0.5 + 0.25) / 4


def test_nothing_recommended_has_no_popularity():
    assert np.isnan(mean_over(np.zeros(2, dtype=int), np.ones(2)))
