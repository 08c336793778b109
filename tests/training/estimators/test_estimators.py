"""The contract of estimators, over every one and every device."""

import numpy as np
import pytest

from training.errors import ConfigError, FitError
from training.estimators import ESTIMATORS, PopularityEstimator, SpotlightEstimator, make

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
SIZE = 20
# Small data needs other parameters than a market's.
PARAMETERS = {
    "ease": {"l2": 1.0},
    "softmax": {"n_epochs": 60, "embedding_dim": 16, "learning_rate": 0.05, "l2": 0.0},
    "spotlight": {"n_epochs": 60, "batch_size": 64, "embedding_dim": 8},
}
SINGLE = sorted(set(ESTIMATORS) - {"blend"})
PERSONAL = sorted({"ease", "softmax", "spotlight"})


@pytest.fixture(params=SINGLE)
def estimator(request):
    return make(ESTIMATORS[request.param], PARAMETERS.get(request.param, {}))


def fit(estimator, dataset, seed=0, device="cpu"):
    return estimator.fit(dataset, seed=seed, device=device, progress=False)


@pytest.mark.parametrize("device", DEVICES)
def test_every_estimator_scores_all_customers_and_products(estimator, checkerboard, device):
    scores = fit(estimator, checkerboard, device=device).scores(np.arange(SIZE))
    assert scores.shape == (SIZE, SIZE)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", PERSONAL)
def test_the_missing_square_of_the_right_colour_comes_first(name, checkerboard, device):
    estimator = make(ESTIMATORS[name], PARAMETERS[name])
    scores = fit(estimator, checkerboard, device=device).scores(np.arange(SIZE))
    scores[checkerboard.counts.toarray() > 0] = -np.inf
    assert (scores.argmax(axis=1) == np.arange(SIZE)).all()


def test_the_same_seed_gives_the_same_scores(estimator, checkerboard):
    first, second = (fit(estimator, checkerboard).scores(np.arange(SIZE)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_customers_and_products_without_purchases_get_scores(estimator, dataset_of):
    dataset = dataset_of([[0, 1, 0, 0, 0], [2, 0, 0, 0, 0], [0] * 5, [0] * 5], days=[0, 9, 1])
    assert np.isfinite(fit(estimator, dataset).scores(np.arange(4))).all()


def test_another_seed_gives_other_scores(checkerboard):
    estimator = SpotlightEstimator(n_epochs=1)
    first, second = (fit(estimator, checkerboard, seed).scores(np.array([0])) for seed in (0, 1))
    assert (first != second).any()


def test_popularity_counts_customers_not_baskets(dataset_of):
    dataset = dataset_of([[9, 0, 1], [0, 0, 1]])
    assert PopularityEstimator().fit(dataset).popularity.tolist() == [1, 0, 2]


def test_a_loss_that_runs_away_is_an_error(checkerboard):
    with pytest.raises(FitError, match=r"lower learning_rate of spotlight"):
        fit(SpotlightEstimator(loss="pointwise", learning_rate=1e38), checkerboard)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"dim": 3},
            "dim = 3: estimator 'spotlight' has no such parameter; it has loss",
        ),
        ({"n_epochs": "ten"}, "n_epochs = 'ten' is not allowed; give a whole number, such as 10"),
        ({"n_epochs": 1.5}, "n_epochs = 1.5"),
        ({"n_epochs": True}, "n_epochs = True"),
    ],
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(ConfigError, match=message):
        make(SpotlightEstimator, parameters)


def test_a_whole_number_may_stand_for_a_fraction():
    assert make(SpotlightEstimator, {"l2": 0}) == SpotlightEstimator(l2=0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"embedding_dim": 0}, "embedding_dim = 0 is not allowed; give 1 or more"),
        ({"n_epochs": 0}, "n_epochs = 0"),
        ({"batch_size": -1}, "batch_size = -1"),
        ({"l2": -1}, "l2 = -1"),
        ({"l2": float("nan")}, "l2 = nan"),
        ({"learning_rate": 0}, "learning_rate = 0 is not allowed; give a number above 0"),
        ({"learning_rate": float("inf")}, "learning_rate = inf"),
    ],
)
def test_parameters_have_bounds(parameters, message):
    with pytest.raises(ConfigError, match=message):
        make(SpotlightEstimator, parameters)


def test_what_spotlight_refuses_is_an_error_of_the_configuration(checkerboard):
    with pytest.raises(ConfigError, match="estimator 'spotlight'"):
        fit(SpotlightEstimator(loss="guess"), checkerboard)


def test_a_model_beyond_memory_is_an_error(checkerboard):
    with pytest.raises(FitError, match=r"lower embedding_dim or batch_size of spotlight"):
        fit(SpotlightEstimator(embedding_dim=10**12), checkerboard)
