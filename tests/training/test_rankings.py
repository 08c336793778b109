import numpy as np
import pytest
from scipy import sparse

from recommender.catalogue import Catalogue
from recommender.errors import ModeError
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Popularity
from recommender.vocabulary import Vocabulary
from training.errors import DataError
from training.rankings import rankings


def plain(lists):
    return [sorted(map(int, lists[row])) for row in range(len(lists))]


def test_a_held_out_purchase_that_was_known_is_not_counted(by_hand):
    # a bought 0 before, c bought 0 before and has nothing else held out
    held_out = sparse.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]))
    found = rankings(by_hand, held_out, "discover", 2)
    assert found.customers.tolist() == [0]
    assert plain(found.held_out) == [[1]]
    assert found.ranked[0].tolist() == [1, 2]
    assert plain(rankings(by_hand, held_out, "rebuy", 2).held_out) == [[0], [0]]
    assert plain(rankings(by_hand, held_out, "mixed", 2).held_out) == [[0, 1], [0]]


def test_nothing_to_find_is_an_error(by_hand):
    known = sparse.csr_matrix(np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]))
    with pytest.raises(DataError, match="could find: nothing can be measured"):
        rankings(by_hand, known, "discover", 1)
    with pytest.raises(DataError, match="could find: nothing can be measured"):
        rankings(by_hand, sparse.csr_matrix((3, 4)), "mixed", 1)


def test_a_mode_that_the_model_lacks(by_hand):
    held_out = sparse.csr_matrix(np.eye(3, 4))
    with pytest.raises(ModeError, match="mode is 'guess'; this model has discover, rebuy, mixed"):
        rankings(by_hand, held_out, "guess", 1)


def test_more_customers_than_a_batch_are_all_ranked():
    n = 700
    wide = Model(
        Vocabulary(str(i) for i in range(n)),
        Catalogue("01", "01", "  "),
        History(np.arange(n + 1), np.zeros(n, dtype=np.int32), 2),
        {"popularity": Popularity(np.array([2, 1], dtype=np.float32))},
        {"discover": {"popularity": 1.0}},
    )
    found = rankings(wide, sparse.csr_matrix(np.tile([0, 1], (n, 1))), "discover", 1)
    assert found.customers.tolist() == list(range(n))
    assert plain(found.ranked) == plain(found.held_out) == [[1]] * n


def test_they_are_what_the_model_recommends(model, prepared):
    found = rankings(model, prepared.matrix("test"), "discover", 5)
    expected = [products.tolist() for products in model.rank(found.customers, "discover", 5)[0]]
    assert [found.ranked[row].tolist() for row in range(len(expected))] == expected
