import numpy as np
import pytest
import torch

from training.errors import ConfigError, FitError
from training.estimators import SoftmaxEstimator

SMALL = {"n_epochs": 3, "embedding_dim": 4}


def fit(estimator, dataset, **options):
    return estimator.fit(dataset, seed=0, device="cpu", progress=False, **options)


def test_each_pass_is_told_with_the_scorer_of_then(checkerboard):
    told = []
    last = fit(SoftmaxEstimator(**SMALL), checkerboard, on_epoch=lambda *call: told.append(call))
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    customers = np.arange(20)
    np.testing.assert_array_equal(told[-1][1].scores(customers), last.scores(customers))
    assert (told[0][1].scores(customers) != last.scores(customers)).any()


def test_scores_spread_by_one(checkerboard):
    scores = fit(SoftmaxEstimator(**SMALL), checkerboard).scores(np.arange(20))
    np.testing.assert_allclose(scores.std(axis=1), 1, rtol=1e-4)


def test_a_basket_is_scored_as_the_history_it_would_be(dataset_of):
    dataset = dataset_of([[1, 0, 1, 0, 0], [1, 1, 0, 0, 0], [0, 1, 1, 1, 0], [1, 0, 1, 0, 1]])
    scorer = fit(SoftmaxEstimator(**SMALL), dataset)
    known, basket = scorer.scores(np.array([0]))[0], scorer.basket_scores([np.array([0, 2])])[0]
    np.testing.assert_allclose(basket / basket.std(), known / known.std(), rtol=1e-3)


def test_divergence_names_pass_step_and_learning_rate(checkerboard):
    estimator = SoftmaxEstimator(learning_rate=1e38, n_epochs=100, batch_size=1)
    with pytest.raises(FitError, match=r"at step \d+ of pass [123] of 100, learning rate 1e\+38"):
        fit(estimator, checkerboard)


def test_want_of_cuda_memory_names_the_setting_and_the_size_that_fits(monkeypatch, checkerboard):
    def out_of_memory(run, customers):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.")

    monkeypatch.setattr("training.estimators.softmax._Run.step", out_of_memory)
    monkeypatch.setattr("training.estimators.cuda_memory.available", lambda: 2**20)
    with pytest.raises(FitError, match=r"lower batch_size of softmax from 99999 to \d+$"):
        fit(SoftmaxEstimator(batch_size=99999), checkerboard)


def test_nothing_to_learn_from_is_an_error(dataset_of):
    with pytest.raises(FitError, match="no purchase to learn from"):
        fit(SoftmaxEstimator(), dataset_of(np.zeros((2, 3))))


@pytest.mark.parametrize(
    "parameters", [{"hidden": 0.0}, {"hidden": 1.0}, {"learning_rate": 0.0}, {"embedding_dim": 0}]
)
def test_parameters_have_bounds(parameters):
    with pytest.raises(ConfigError, match="allowed"):
        SoftmaxEstimator(**parameters)
