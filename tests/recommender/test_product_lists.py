import numpy as np
import pytest

from recommender.product_lists import ProductLists


@pytest.fixture
def lists():
    return ProductLists.of([np.array([4, 2]), np.array([], dtype=int), np.array([1, 0, 3])])


def plain(lists):
    return [list(lists[row]) for row in range(len(lists))]


def test_end_to_end_in_one_array(lists):
    assert lists.products.tolist() == [4, 2, 1, 0, 3]
    assert lists.indptr.tolist() == [0, 2, 2, 5]
    assert lists.lengths.tolist() == [2, 0, 3]
    assert plain(lists) == [[4, 2], [], [1, 0, 3]]


def test_row_and_place_of_each_entry(lists):
    assert lists.rows().tolist() == [0, 0, 2, 2, 2]
    assert lists.places().tolist() == [0, 1, 0, 1, 2]


def test_parts(lists):
    assert plain(lists.head(1)) == [[4], [], [1]]
    assert plain(lists.where(lists.products > 1)) == [[4, 2], [], [3]]
    assert plain(lists.take(np.array([2, 1, 2]))) == [[1, 0, 3], [], [1, 0, 3]]
    assert plain(ProductLists.joined([lists.take(np.array([1])), lists])) == [[], *plain(lists)]


def test_no_list_at_all():
    assert len(ProductLists.of([])) == 0


@pytest.mark.parametrize("indptr", [[0, 2], [1, 3], [0, 2, 1, 3]])
def test_what_does_not_divide_the_entries_is_refused(indptr):
    with pytest.raises(ValueError, match="does not divide 3 entries"):
        ProductLists(np.arange(3), np.array(indptr))
