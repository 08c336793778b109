"""Parts of customers and products, computed by hand."""

import numpy as np

from recommender.metrics import segments
from recommender.product_lists import ProductLists


def lists(*of_each):
    return ProductLists.of([np.array(products, dtype=np.int64) for products in of_each])


def test_groups_are_as_equal_as_ties_allow():
    sizes = np.array([9, 1, 5, 3, 7])

    assert segments.by_size(sizes, 5).tolist() == [4, 0, 2, 1, 3]
    assert segments.by_size(sizes, 1).tolist() == [0] * 5
    assert segments.by_size(np.array([2, 2, 2, 8]), 2).tolist() == [0, 0, 0, 1]
    assert segments.by_size(np.array([4, 4]), 5).tolist() == [0, 0]


def test_the_largest_categories_get_columns_and_the_others_the_next():
    categories = np.array([0, 1, 1, 2, 3])
    bought = np.array([5, 2, 1, 9, 0])

    chosen, columns = segments.largest(categories, bought, 4, at_most=2)

    assert chosen.tolist() == [2, 0]
    assert columns.tolist() == [1, 2, 2, 0, 2]


def test_a_category_that_nobody_bought_is_not_chosen():
    chosen, columns = segments.largest(np.array([0, 1]), np.array([0, 3]), 2, at_most=5)

    assert chosen.tolist() == [1]
    assert columns.tolist() == [1, 0]


def test_products_are_counted_by_column_and_beyond_it_nowhere():
    counts = segments.counts_by_column(lists([0, 1, 2], [2, 2], []), np.array([0, 0, 1, 2]), 2)

    assert counts.tolist() == [[2, 1], [0, 2], [0, 0]]


def test_what_was_found_is_what_was_both_recommended_and_held_out():
    found = segments.found(lists([3, 1], [0]), lists([1, 2], [2]))

    assert [found[row].tolist() for row in range(2)] == [[1], []]
