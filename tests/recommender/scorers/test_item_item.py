"""Dense and with the largest weights only: the same sums."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recommender.scorers import ItemItem, ItemItemTop, item_item, item_item_top

# Features 0 to 2 are the products, 3 is a category.
ROWS = (
    np.array([0, 3, 3, 4]),
    np.array([0, 2, 3, 1], dtype=np.int32),
    np.array([1, 2, 10, 0.5], dtype=np.float32),
)
# In a basket products 0 and 2 stand for themselves and the category, product 1 for itself.
BASKET_ROWS = (
    np.array([0, 2, 3, 5]),
    np.array([0, 3, 1, 2, 3], dtype=np.int32),
    np.array([1, 1, 1, 1, 1], dtype=np.float32),
)
WEIGHTS = np.array([[0, 1, 2], [3, 0, 4], [0, 0, 0], [0, -1, 0.5]], dtype=np.float32)


def compressed(weights):
    features, products = np.nonzero(weights)
    indptr = np.searchsorted(features, np.arange(len(weights) + 1))
    return indptr, products.astype(np.int32), weights[features, products]


def dense(weights, rows=ROWS, baskets=BASKET_ROWS):
    return ItemItem(*rows, *baskets, weights)


def top(weights, rows=ROWS, baskets=BASKET_ROWS):
    return ItemItemTop(*rows, *baskets, *compressed(weights))


@pytest.fixture(params=[dense, top])
def scorer(request):
    return request.param(WEIGHTS)


def test_a_customers_scores(scorer):
    """Customer 0: 1 x feature 0 + 2 x feature 2 + 10 x feature 3; customer 1 has no entries."""
    scores = scorer.scores(np.array([0, 1, 2, 0]))
    first = [0, 1 - 10, 2 + 5]
    assert scores.tolist() == [first, [0, 0, 0], [1.5, 0, 2], first]


def test_a_baskets_scores(scorer):
    """The category counts once for each product that stands for it."""
    baskets = [np.array([0]), np.array([0, 2]), np.array([2, 1, 0])]
    expected = [[0, 0, 2.5], [0, -1, 3], [3, -1, 7]]
    assert scorer.basket_scores(baskets).tolist() == expected


def test_no_customers_no_entries(scorer):
    assert scorer.scores(np.array([], dtype=np.int64)).shape == (0, 3)
    assert scorer.basket_scores([]).shape == (0, 3)


small = st.integers(-4, 4).map(float)


@given(
    customers=hnp.arrays(np.float32, (5, 4), elements=small),
    weights=hnp.arrays(np.float32, (4, 3), elements=small),
    at_once=st.integers(1, 30),
)
def test_scores_are_the_rows_times_the_weights(customers, weights, at_once):
    """However few weights are taken at once. Small whole numbers: the sums are exact."""
    rows, everybody = compressed(customers), np.arange(5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(item_item, "_WEIGHTS", at_once)
        patch.setattr(item_item_top, "_AT_ONCE", at_once)
        for scorer in (dense(weights, rows), top(weights, rows)):
            np.testing.assert_array_equal(scorer.scores(everybody), customers @ weights)


@pytest.mark.parametrize(
    ("at_once", "blocks"),
    [
        (100, [slice(0, 7)]),
        (7, [slice(0, 3), slice(3, 4), slice(4, 7)]),
        (1, [slice(row, row + 1) for row in range(7)]),
    ],
)
def test_few_weights_are_taken_at_once(monkeypatch, at_once, blocks):
    """Entries take 2, 0, 2; 2; 2, 0, 2 weights, and each row adds to the scores of 3 products."""
    scorer = top(WEIGHTS)
    rows = scorer.of_customers(np.array([0, 1, 2, 0]))  # features 0, 2, 3; none; 1; 0, 2, 3
    monkeypatch.setattr(item_item_top, "_AT_ONCE", at_once)
    assert list(scorer._blocks(rows)) == blocks


@pytest.mark.parametrize("of_kind", [dense, top])
def test_baskets_of_other_products_are_refused(of_kind):
    indptr = np.array([0, 2, 3, 5, 5])
    weights = np.pad(WEIGHTS, [(0, 0), (0, 1)], constant_values=1)
    of_kind(weights, baskets=(indptr, *BASKET_ROWS[1:]))
    with pytest.raises(ValueError, match=r"basket_indptr has 4 entries; .* must have 5|outside"):
        of_kind(weights)
