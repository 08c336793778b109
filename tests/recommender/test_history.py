import numpy as np
import pytest

from recommender.history import History


def history(indptr, indices, n_products=3):
    return History(np.array(indptr), np.array(indices, dtype=np.int32), n_products)


def test_what_each_customer_bought():
    bought = history([0, 2, 2, 3], [0, 2, 1])
    assert [bought.seen(customer).tolist() for customer in range(3)] == [[0, 2], [], [1]]
    some = bought.seen_of_each(np.array([2, 1, 0, 0]))
    assert [products.tolist() for products in some] == [[1], [], [0, 2], [0, 2]]
    assert bought.sizes(np.array([2, 0, 1])).tolist() == [1, 2, 0]
    assert len(bought) == 3


def test_who_bought_each_product():
    bought = history([0, 2, 2, 3, 4], [0, 2, 1, 0])
    assert [bought.buyers(product).tolist() for product in range(3)] == [[0, 3], [2], [0]]
    assert bought.n_buyers.tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("indptr", "indices"), [([0, 1], [3]), ([0, 1], [-1]), ([0, 2], [0]), ([0, 2, 1, 2], [0, 1])]
)
def test_arrays_that_are_no_rows_are_refused(indptr, indices):
    with pytest.raises(ValueError, match=r"outside|divide"):
        history(indptr, indices)
