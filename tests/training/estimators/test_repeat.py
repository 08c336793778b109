import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.dataset import Dataset, Events
from training.errors import DataError
from training.estimators import RepeatEstimator
from training.estimators.pair_features import FREQUENCY, horizon, pair_features


@pytest.fixture(scope="module")
def habits():
    """40 customers buy product 0 every 5 days, product 1 every 20, and product 2 once, early."""
    days = {0: np.arange(0, 100, 5), 1: np.arange(3, 100, 20), 2: np.array([99])}
    products = np.concatenate([np.full(each.size, product) for product, each in days.items()])
    times = np.concatenate(list(days.values()))
    customers = np.repeat(np.arange(40), times.size).astype(np.int32)
    events = Events(
        customers, np.tile(products, 40).astype(np.int32), np.tile(times, 40).astype(np.float32)
    )
    return Dataset(events.counts((40, 4)), pd.DataFrame(index=range(4)), events)


def test_what_is_bought_often_comes_first_and_what_was_never_bought_is_0(habits):
    scores = RepeatEstimator().fit(habits).scores(np.arange(40))
    assert (scores[:, 0] > scores[:, 1]).all()
    assert (scores[:, 1] > scores[:, 2]).all()
    assert (scores[:, 3] == 0).all()


def test_where_nothing_is_bought_twice_frequency_decides(dataset_of):
    # In the last tenth of the period (under 5 days) only new products are bought.
    scores = (
        RepeatEstimator()
        .fit(dataset_of([[2, 1, 0], [0, 2, 1]], days=[49, 48, 30, 50, 20, 1]))
        .scores(np.array([0]))
    )
    assert scores[0].tolist() == pytest.approx([np.log(3), np.log(2), 0])


def test_features_by_hand(dataset_of):
    dataset = dataset_of([[3, 1]], days=[60, 20, 10, 5])
    features = pair_features(dataset)
    assert features.products.tolist() == [0, 1]
    assert features.matrix[:, 0].tolist() == [1, 1]
    faded = np.log1p(np.exp(np.array([-60, -20, -10]) / 7.0).sum())
    assert features.matrix[0, 1] == pytest.approx(faded, rel=1e-5)
    assert features.matrix[:, FREQUENCY] == pytest.approx(np.log([4, 2]))
    assert features.matrix[:, FREQUENCY + 1] == pytest.approx(np.log1p([10, 5]))
    assert features.matrix[:, FREQUENCY + 2].tolist() == [0, 1]
    # Product 0: 10 days since, usually 25 between two. Product 1: 5 since, taken for 10.
    overdue = np.log1p([10, 5]) - np.log1p([25, 10])
    assert features.matrix[:, FREQUENCY + 3] == pytest.approx(overdue, rel=1e-5)


def test_the_horizon_is_a_tenth_of_the_period(dataset_of):
    assert horizon(dataset_of([[2]], days=[0, 80]).events) == pytest.approx(8)


def test_pairs_of_some_customers_are_numbered_by_their_places(dataset_of):
    features = pair_features(dataset_of([[1, 0], [0, 1], [1, 1]], days=[1, 2, 3, 4]))
    some = features.of(np.array([0, 2]))
    assert some.customers.tolist() == [0, 1, 1]
    assert some.products.tolist() == [0, 0, 1]


def test_without_a_time_there_is_no_repeat():
    counts = sparse.csr_matrix(np.eye(2, dtype=np.float32))
    with pytest.raises(DataError, match="repeat needs the time of purchases"):
        RepeatEstimator().fit(Dataset.of_counts(counts))
