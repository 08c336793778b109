import numpy as np
import pytest

from recommender.metrics import match
from recommender.product_lists import ProductLists


def lists(*rows):
    return ProductLists.of([np.array(row, dtype=np.int64) for row in rows])


def test_beyond_the_end_of_a_list_nothing_is_found(hits):
    assert hits.found.tolist() == [[False, True, False, True], [True, False, False, False]]
    assert hits.n_held_out.tolist() == [3, 1]


def test_counts_at_cut_offs_in_any_order_and_beyond_the_depth(hits):
    assert hits.counts([4, 1, 99]).tolist() == [[2, 0, 2], [1, 1, 1]]


def test_the_same_product_of_another_customer_is_no_hit():
    assert match(lists([1], [2]), lists([2], [1])).found.tolist() == [[False], [False]]


def test_nothing_recommended():
    hits = match(lists([], []), lists([1], [0, 2]))
    assert hits.counts([30]).tolist() == [[0], [0]]


def test_nobody():
    assert match(lists(), lists()).counts([1, 2]).shape == (0, 2)


@pytest.mark.parametrize(
    ("ranked", "held_out", "message"),
    [
        (lists([1]), lists([1], [1]), "1 lists of recommendations, 2 of purchases"),
        (lists([1], [2]), lists([1], []), "1 customers have nothing held out; leave them out"),
        (lists([1, 1]), lists([1]), "recommended twice"),
        (lists([1]), lists([2, 2]), "held out twice"),
    ],
)
def test_what_cannot_be_measured_is_refused(ranked, held_out, message):
    with pytest.raises(ValueError, match=message):
        match(ranked, held_out)
