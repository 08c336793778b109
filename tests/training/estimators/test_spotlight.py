import numpy as np
import pytest
import torch
from scipy import sparse

from spotlight.factorization.implicit import ImplicitFactorizationModel
from training.dataset import Dataset
from training.errors import FitError
from training.estimators import SpotlightEstimator


@pytest.fixture(scope="module")
def purchases():
    return Dataset.of_counts(sparse.csr_matrix(np.eye(20, dtype=np.float32)))


def fit(estimator, purchases, **options):
    return estimator.fit(purchases, seed=0, device="cpu", progress=False, **options)


def test_each_pass_is_told_with_the_scorer_of_then(purchases):
    told = []
    last = fit(SpotlightEstimator(n_epochs=3), purchases, on_epoch=lambda *call: told.append(call))
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    customers = np.arange(20)
    scores = [scorer.scores(customers) for _, scorer in told]
    assert (scores[0] != scores[2]).any()  # later passes leave it as it was
    np.testing.assert_array_equal(scores[2], last.scores(customers))


def test_what_the_hook_raises_ends_the_fit(purchases):
    def stop(epoch, scorer):
        raise StopIteration(epoch)

    with pytest.raises(StopIteration, match="1"):
        fit(SpotlightEstimator(n_epochs=3), purchases, on_epoch=stop)


def test_divergence_names_pass_step_and_learning_rate(purchases):
    estimator = SpotlightEstimator(loss="hinge", learning_rate=1e30)
    with pytest.raises(FitError, match=r"in pass \d+ of 10: .*step 0 .*learning rate 1e\+30"):
        fit(estimator, purchases)


def test_want_of_cuda_memory_names_the_setting_and_the_size_that_fits(monkeypatch, purchases):
    def out_of_memory(model, interactions):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.")

    monkeypatch.setattr(ImplicitFactorizationModel, "fit", out_of_memory)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (2**20, 2**30))
    monkeypatch.setattr("torch.cuda.memory_reserved", lambda: 2**20)
    with pytest.raises(FitError, match=r"lower batch_size of spotlight from 99999 to \d+$"):
        fit(SpotlightEstimator(batch_size=99999), purchases)
