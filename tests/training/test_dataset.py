import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.dataset import Dataset, Details, Events, values_of


@pytest.fixture
def dataset():
    """Two customers, three products, of which product 1 has two details."""
    events = Events(
        np.array([0, 0, 0, 1], np.int32),
        np.array([0, 0, 1, 2], np.int32),
        np.array([20, 0, 5, 10], np.float32),
    )
    details = Events(events.customers, np.array([0, 0, 2, 3], np.int32), events.days)
    about = pd.DataFrame({"maker": ["a", "b", np.nan, "a"], "brand": ["x", "x", "y", ""]})
    return Dataset(
        counts=events.counts((2, 3)),
        about=pd.DataFrame({"kind": ["tea", "soap", ""], "shelf": ["1", "1", "1"]}),
        events=events,
        details=Details(details.counts((2, 4)), about, details),
    )


def test_events_are_counted(dataset):
    assert dataset.counts.toarray().tolist() == [[2, 1, 0], [0, 0, 1]]
    assert (dataset.n_customers, dataset.n_products) == (2, 3)


def test_purchases_are_counted_at_the_finest_grain(dataset):
    assert dataset.attributes == ("maker", "brand")
    counts, values = dataset.counts_by("maker")
    assert values.tolist() == ["a", "b"]
    assert counts.toarray().tolist() == [[2, 0], [1, 0]]  # detail 2 has no maker


def test_several_attributes_are_crossed(dataset):
    counts, values = dataset.counts_by("maker+brand")
    assert values.tolist() == ["a+x", "b+x"]
    assert counts.toarray().tolist() == [[2, 0], [0, 0]]


def test_without_details_products_have_the_attributes(dataset):
    coarse = Dataset(dataset.counts, dataset.about)
    assert coarse.attributes == ("kind",)  # all stand on one shelf
    assert coarse.counts_by("kind")[0].toarray().tolist() == [[1, 2], [0, 0]]


def test_values_are_unknown_where_a_column_is():
    about = pd.DataFrame({"a": ["1", "", np.nan], "b": ["x", "y", "z"]})
    assert values_of(about, "a+b").fillna("-").tolist() == ["1+x", "-", "-"]
    assert values_of(about, "c").isna().all()


def test_before_counts_days_from_the_earlier_end(dataset):
    earlier, late = dataset.before(10)
    assert earlier.counts.toarray().tolist() == [[1, 0, 0], [0, 0, 1]]
    assert earlier.events.days.tolist() == [10, 0]
    assert earlier.details.counts.toarray().tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
    assert late.toarray().tolist() == [[1, 1, 0], [0, 0, 0]]


def test_without_a_time_there_is_no_before():
    with pytest.raises(ValueError, match="no before"):
        Dataset.of_counts(sparse.csr_matrix(np.eye(2, dtype=np.float32))).before(1)
