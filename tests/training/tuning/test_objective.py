from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from training.errors import DataError
from training.estimators import PopularityEstimator, SpotlightEstimator
from training.evaluate import per_customer_recall
from training.fit import fit
from training.prepare import prepare
from training.tuning.objective import Objective, sample
from training.tuning.plan import Plan


@pytest.fixture(scope="module")
def objective(prepared):
    return Objective(prepared, Plan(k=2))


def test_it_is_the_recall_on_validation_of_what_train_taught(objective, prepared):
    estimator = SpotlightEstimator(n_epochs=3, embedding_dim=4)
    model = fit(prepared, estimator, parts=("train",), progress=False)
    of_each = per_customer_recall(model, prepared.matrix("validation"), "discover", [2])
    assert objective(estimator) == of_each.mean()
    assert objective.n_customers == of_each.size


def test_popularity_is_measured_alike(objective):
    assert objective.popularity() == objective(PopularityEstimator())


@pytest.mark.parametrize(
    ("n_epochs", "tenths"), [(3, [3, 6, 10]), (10, list(range(1, 11))), (25, list(range(1, 11)))]
)
def test_each_tenth_of_the_epochs_is_told(objective, n_epochs, tenths):
    told = []
    final = objective(
        SpotlightEstimator(n_epochs=n_epochs, embedding_dim=4), lambda *each: told.append(each)
    )
    assert [each for each, _ in told] == tenths
    assert told[-1][1] == final  # so few customers are all measured


def test_at_most_so_many_customers_are_measured():
    held_out = sparse.random(100, 30, density=0.1, format="csr", random_state=0)
    some = np.flatnonzero(np.diff(held_out.indptr))
    sampled = sample(held_out, 20, seed=0)
    kept = np.flatnonzero(np.diff(sampled.indptr))
    assert kept.size == 20
    assert set(kept) <= set(some)
    assert (sampled[kept] != held_out[kept]).nnz == 0
    assert (sample(held_out, 20, seed=0) != sampled).nnz == 0
    assert (sample(held_out, 20, seed=1) != sampled).nnz > 0
    assert sample(held_out, 100, seed=0) is held_out


def test_without_validation_nothing_can_be_tuned(checkerboard, tmp_path):
    split = replace(checkerboard.split, validation=0.0)
    prepared = prepare(replace(checkerboard, split=split), tmp_path / "prepared")
    with pytest.raises(DataError, match="'validation' holds no purchases"):
        Objective(prepared, Plan())
