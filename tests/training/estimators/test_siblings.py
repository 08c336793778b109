import numpy as np
import pytest

from training.estimators import EaseEstimator
from training.estimators.siblings import mean_of_siblings

KINDS = ["tea", "tea", "tea", "soap", "soap", None]
MAKERS = ["a", "b", "a", "a", "a", None]


@pytest.fixture
def dataset(dataset_of):
    """Products 2 and 5 have never been bought; of 5 nothing is known."""
    counts = [[1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 0]]
    return dataset_of(counts, kind=KINDS, maker=MAKERS)


def test_a_new_product_is_the_mean_of_those_that_share_its_rarest_attribute(dataset):
    shares = mean_of_siblings(dataset).toarray()
    assert shares[2].tolist() == [0.5, 0.5, 0, 0, 0, 0]  # two teas; of maker a there are three
    np.testing.assert_array_equal(shares[[0, 1, 3, 4, 5]], np.eye(6)[[0, 1, 3, 4, 5]])


def test_a_crossed_attribute_may_be_the_rarest(dataset):
    shares = mean_of_siblings(dataset, ["kind+maker"]).toarray()
    assert shares[2].tolist() == [1, 0, 0, 0, 0, 0]


def test_where_everything_is_bought_nothing_changes(dataset_of):
    shares = mean_of_siblings(dataset_of(np.eye(3), kind=["a", "a", "b"])).toarray()
    np.testing.assert_array_equal(shares, np.eye(3))


@pytest.mark.parametrize("keeps", [{"rank": 0}, {"rank": 3}, {"rank": 0, "top_n": 6}])
def test_a_new_product_is_scored_by_its_siblings(dataset, keeps):
    scores = EaseEstimator(l2=1.0, **keeps).fit(dataset).scores(np.arange(4))
    np.testing.assert_allclose(scores[:, 2], scores[:, :2].mean(axis=1), atol=1e-5)
