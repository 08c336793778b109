import csv

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from benchmarks import bench_newcomers
from benchmarks.newcomers import SIZES, new_customers, new_products, recalls, without
from training.dataset import Dataset, Events


@pytest.fixture
def dataset():
    """Everybody has bought three quarters of the products, one a day."""
    counts = sparse.csr_matrix(np.random.default_rng(0).random((60, 40)) < 0.75, dtype=np.float32)
    pairs = counts.tocoo()
    events = Events(pairs.row, pairs.col, np.arange(pairs.nnz, dtype=np.float32))
    return Dataset(counts, pd.DataFrame(index=range(40)), events)


def test_nobody_is_known_to_have_bought_a_new_product(dataset):
    hidden = new_products(dataset, seed=0)
    assert hidden.is_new.sum() == 4
    assert hidden.known.counts[:, hidden.is_new].nnz == 0
    assert not hidden.is_new[hidden.known.events.products].any()
    judged = hidden.among_others.counts[hidden.judged]
    assert judged[:, hidden.is_new].nnz == 0
    whole = dataset.counts[hidden.judged].toarray()
    parts = judged + hidden.new + hidden.old
    np.testing.assert_array_equal(parts.toarray(), whole)
    others = np.setdiff1d(np.arange(60), hidden.judged)
    assert (hidden.among_others.counts[others] != dataset.counts[others]).nnz == 0


def test_a_new_customer_is_known_by_nothing_or_by_what_may_be_told(dataset):
    new = new_customers(dataset, seed=0)
    assert new.customers.size == 6
    assert [len(baskets[0]) for baskets in new.baskets[:-1]] == list(SIZES)
    unseen = without(dataset, new, entirely=True)
    assert unseen.counts[new.customers].nnz == 0
    assert not np.isin(unseen.events.customers, new.customers).any()
    seen = without(dataset, new, entirely=False).counts[new.customers].toarray() > 0
    np.testing.assert_array_equal(seen, new.known)
    assert not (new.known & new.wanted.toarray()).any()
    for known, basket in zip(new.known, new.baskets[-1], strict=True):
        assert sorted(basket) == np.flatnonzero(known).tolist()


def test_recall_is_of_those_who_want_something():
    scores = np.arange(80, dtype=np.float32).reshape(2, 40)
    wanted = sparse.csr_matrix(([True, True], ([1, 1], [39, 5])), shape=(2, 40))
    assert recalls(scores, wanted, np.ones((2, 40), bool)).tolist() == [0.5]


def test_a_small_run_writes_what_it_measured(little, tmp_path, capsys):
    given = ["--levels", "little", f"--configs={little}", f"--work={tmp_path}", f"--out={tmp_path}"]
    bench_newcomers.main(given)
    text = (tmp_path / "newcomers.md").read_text()
    assert capsys.readouterr().out == text
    with (tmp_path / "newcomers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 * 3 + 4 * 5
    assert all(0 <= float(row["low"]) <= float(row["high"]) <= 1 for row in rows)
