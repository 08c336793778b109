import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from benchmarks.baselines import own_frequency, popularity, tifu_knn
from training.dataset import Dataset, Events

# Customer, product, days ago: customer 0 bought product 0 in two baskets, and 1 in the later one.
PURCHASES = [(0, 0, 5), (0, 0, 1), (0, 1, 1), (1, 0, 9), (1, 2, 9), (2, 2, 2)]
EVERYBODY = np.arange(3)


@pytest.fixture
def dataset():
    customers, products, days = np.array(PURCHASES).T
    events = Events(customers.astype(np.int32), products.astype(np.int32), days.astype(np.float32))
    return Dataset(events.counts((3, 4)), pd.DataFrame(index=range(4)), events)


def test_popularity_counts_customers(dataset):
    assert popularity(dataset).scores(EVERYBODY)[0].tolist() == [2, 1, 2, 0]


def test_recent_popularity_counts_customers_of_late_and_breaks_ties_by_all(dataset):
    # Since less than 5 days: each product but the last by one customer.
    scores = popularity(dataset, days=5).scores(EVERYBODY)[0]
    assert scores == pytest.approx([1 + 2 / 3, 1 + 1 / 3, 1 + 2 / 3, 0])


def test_own_frequency_counts_own_baskets_and_breaks_ties_by_popularity(dataset):
    scores = own_frequency(dataset).scores(EVERYBODY)
    assert scores[0] == pytest.approx([2 + 2 / 3, 1 + 1 / 3, 2 / 3, 0])
    assert scores[2] == pytest.approx([2 / 3, 1 / 3, 1 + 2 / 3, 0])


def test_tifu_lets_older_baskets_and_groups_fade(dataset):
    # Alone (own = 1), each basket a group of its own: the later weighs 1, the earlier 0.5.
    scores = tifu_knn(dataset, group=1, group_decay=0.5, k=1, own=1).scores(EVERYBODY)
    assert scores[0] == pytest.approx([(1 + 0.5) / 2, 1 / 2, 0, 0])
    # Both in one group.
    scores = tifu_knn(dataset, group=2, basket_decay=0.9, k=1, own=1).scores(EVERYBODY)
    assert scores[0] == pytest.approx([(1 + 0.9) / 2, 1 / 2, 0, 0])


def test_tifu_adds_the_nearest_customers(dataset):
    # Frequencies with no decay: (1, 1/2, 0), (1, 0, 1), (0, 0, 1); 1 is nearest to 2, and 2 to 1.
    scores = tifu_knn(dataset, group=2, basket_decay=1, k=1, own=0.6).scores(EVERYBODY)
    assert scores[2] == pytest.approx([0.4, 0, 1, 0])
    assert scores[1] == pytest.approx([0.6, 0, 1, 0])
    # All others: customer 0 takes the mean of the two.
    scores = tifu_knn(dataset, group=2, basket_decay=1, k=500, own=0.6).scores(EVERYBODY)
    assert scores[0] == pytest.approx([0.6 + 0.4 / 2, 0.3, 0.4, 0])


def test_without_a_time_recency_is_refused():
    dataset = Dataset.of_counts(sparse.csr_matrix(np.ones((2, 2), np.float32)))
    with pytest.raises(ValueError, match=r"data\.time"):
        popularity(dataset, days=7)
    with pytest.raises(ValueError, match=r"data\.time"):
        tifu_knn(dataset)
