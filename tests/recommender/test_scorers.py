"""The contract of scorers, over every kind and every device."""

import numpy as np
import pytest

from recommender import scorers
from recommender.errors import ArtifactError
from recommender.scorers import Factors, Popularity
from recommender.scorers_cuda import twin

N_CUSTOMERS, N_PRODUCTS, EMBEDDING_DIM = 7, 11, 4


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.fixture(params=sorted(scorers.KINDS))
def scorer(request):
    return {
        "factors": Factors(
            random(N_CUSTOMERS, EMBEDDING_DIM),
            random(N_PRODUCTS, EMBEDDING_DIM),
            random(N_PRODUCTS),
        ),
        "popularity": Popularity(random(N_PRODUCTS)),
    }[request.param]


@pytest.mark.parametrize("customers", [[0], [3, 3, 0, 6], []])
def test_one_row_a_customer_one_column_a_product(scorer, customers):
    scores = scorer.scores(np.array(customers, dtype=np.int64))
    assert scores.shape == (len(customers), N_PRODUCTS)
    assert scores.dtype == np.float32


def test_a_customers_scores_do_not_depend_on_the_company(scorer):
    together = scorer.scores(np.arange(N_CUSTOMERS))
    for customer in range(N_CUSTOMERS):
        alone = scorer.scores(np.array([customer]))
        np.testing.assert_allclose(alone[0], together[customer], rtol=1e-5, atol=1e-6)


def test_scores_may_be_changed_without_changing_the_scorer(scorer):
    before = scorer.scores(np.array([1]))
    scorer.scores(np.array([1]))[:] = 0
    np.testing.assert_array_equal(scorer.scores(np.array([1])), before)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_the_twin_gives_the_same_numbers(scorer, device):
    customers = np.array([4, 0, 4, 6])
    scores = twin(scorer, device).scores(customers)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, scorer.scores(customers), rtol=1e-5, atol=1e-6)


def test_survives_as_arrays(scorer):
    copy = scorers.from_arrays(scorer.kind, scorers.to_arrays(scorer))
    np.testing.assert_array_equal(copy.scores(np.array([2])), scorer.scores(np.array([2])))


def test_factors_by_hand():
    scorer = Factors(
        np.array([[1, 2]], dtype=np.float32),
        np.array([[3, 4], [5, 6]], dtype=np.float32),
        np.array([0.5, -1], dtype=np.float32),
    )
    assert scorer.scores(np.array([0])).tolist() == [[11.5, 16.0]]


def test_popularity_by_hand():
    scores = Popularity(np.array([3, 1], dtype=np.float32)).scores(np.array([5, 9]))
    assert scores.tolist() == [[3, 1], [3, 1]]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ArtifactError, match=r"'crystal ball' is unknown.*factors, popularity"):
        scorers.from_arrays("crystal ball", {})


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"popularity": np.array([np.nan], dtype=np.float32)},
        {"popularity": np.array([1.0])},
        {"popularity": np.array([1], dtype=np.float32), "more": np.array([1], dtype=np.float32)},
    ],
)
def test_arrays_of_another_kind_are_refused(arrays):
    with pytest.raises(ArtifactError, match="kind 'popularity' cannot be made"):
        scorers.from_arrays("popularity", arrays)


def test_factors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        Factors(random(2, 3), random(4, 2), random(4))
