import numpy as np
import pytest

from recommender.scorers import Factors


def matrix(*values):
    return np.array(values, dtype=np.float32)


FACTORS = matrix([1, 2]), matrix([3, 4], [5, 6]), matrix(0.5, -1)


def test_a_customers_scores():
    assert Factors(*FACTORS).scores(np.array([0])).tolist() == [[11.5, 16.0]]


def test_a_baskets_scores():
    """One product: its encoding. Four: the sum by 2."""
    products, biases = matrix([1, 0], [0, 1], [1, 1], [0, 0]), matrix(0, 0, 0, 5)
    encodings = matrix([4, 0], [0, 4], [2, 2], [0, 8])
    scorer = Factors(matrix([0, 0]), products, biases, encodings)
    scores = scorer.basket_scores([np.array([2]), np.array([0, 1, 2, 3])])
    assert scores.tolist() == [[2, 2, 4, 5], [3, 7, 10, 5]]


def test_factors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        Factors(matrix([1, 2]), matrix([3], [4]), matrix(0, 0))
