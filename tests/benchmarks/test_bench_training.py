import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from benchmarks import bench_training
from benchmarks.bench_training import Bench, Trained, equal_batches
from benchmarks.contenders import UPSTREAM, Options


class Prepared:
    """A prepared set that only knows who bought what."""

    folder = SimpleNamespace(name="small")

    def matrix(self, *parts):
        return sparse.csr_matrix(np.eye(6, 5, dtype=np.float32))


@pytest.fixture
def bench(tmp_path):
    return Bench(Prepared(), tmp_path, Options(epochs=2, threads=1, dim=3))


def test_a_contender_tells_each_epoch(bench):
    trained = bench.run("ours", loss="hinge")
    assert len(trained.seconds) == len(trained.factors) == 2
    first, last = trained.factors
    assert last.customer_factors.shape == (6, 3)
    assert last.product_factors.shape == (5, 3)
    assert (first.product_biases != last.product_biases).any()
    assert [row[:3] for row in bench.raw] == [("small", "ours", "2")] * 2
    assert [row[-2] for row in bench.raw] == trained.seconds.tolist()  # by the clock on the wall


def test_upstream_is_left_out_where_no_folder_is_named(bench, monkeypatch, capsys):
    monkeypatch.delenv(UPSTREAM, raising=False)
    assert bench.run("upstream") is None
    assert capsys.readouterr().err == f"left out: upstream: {UPSTREAM} is not set\n"


def test_a_peer_that_is_not_installed_is_left_out(bench, monkeypatch, capsys):
    monkeypatch.setenv(bench_training.PEERS, sys.executable)
    monkeypatch.setattr(bench_training, "_CONTENDERS", "/nowhere.py")
    assert bench.run("implicit") is None
    assert capsys.readouterr().err.startswith("left out: implicit: ")


def test_time_to_a_recall_is_that_of_the_epochs_until_then(bench, monkeypatch):
    monkeypatch.setattr(bench, "recalls", lambda trained: [0.1, 0.3, 0.2])
    trained = Trained(np.array([1.0, 2.0, 4.0]), ())
    assert bench.time_to(0.2, trained) == 3.0
    assert np.isnan(bench.time_to(0.4, trained))


def test_a_row_compares_the_fastest_epochs(bench, monkeypatch):
    times = {"upstream": [8.0, 6.0], "ours": [2.0, 3.0]}
    monkeypatch.setattr(
        bench, "run", lambda name, **options: Trained(np.array(times[name]), ("first", "last"))
    )
    monkeypatch.setattr(bench, "recalls", lambda trained: [0.25])
    table = equal_batches(bench)
    assert len(table.rows) == 9
    assert table.rows[0] == ("bpr", "256", 6.0, 2.0, 3.0, "25.00", "25.00")
