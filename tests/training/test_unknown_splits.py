"""Published splits that no configuration knows: what tunes itself is never surely behind."""

from pathlib import Path

import numpy as np
import pytest

from recommender.metrics import estimate
from training import config_file
from training.auto import tuned_config
from training.estimators import EaseEstimator, PopularityEstimator
from training.evaluate import per_customer_recall
from training.fit import estimator_of, fit
from training.prepare import prepare
from training.tuning.plan import Plan

SHAPES = {  # customers, products, purchases a customer, how much of a purchase is taste
    "small": (60, 40, 8, 0.7),
    "tall": (600, 50, 6, 0.7),
    "wide": (80, 600, 20, 0.7),
    "dense": (150, 60, 30, 0.5),
    "sparse": (400, 400, 4, 0.7),
    "noise": (200, 100, 10, 0.0),
}
_L2 = (10.0, 100.0, 1000.0)
_TASTES = 6
_TRIALS = 8
_K = 5


def _pairs(shape: str) -> np.ndarray:
    """Draw distinct (customer, product) pairs from popularity and from tastes, in random order."""
    n_customers, n_products, n_bought, share = SHAPES[shape]
    rng = np.random.default_rng(list(SHAPES).index(shape))
    popular = 1 / np.arange(1, n_products + 1) ** 0.8
    taste_of_product = rng.integers(_TASTES, size=n_products)
    rows = []
    for customer in range(n_customers):
        liked = popular * (taste_of_product == customer % _TASTES)
        odds = (1 - share) * popular / popular.sum() + share * liked / max(liked.sum(), 1e-9)
        odds = odds / odds.sum() if share else popular / popular.sum()
        bought = rng.choice(n_products, min(n_bought, int((odds > 0).sum())), False, odds)
        rows += [(customer, product) for product in bought]
    return rng.permutation(np.array(rows))


@pytest.fixture(params=SHAPES)
def config(request, tmp_path, monkeypatch):
    """Write a split in two files, of which nothing else is said."""
    monkeypatch.chdir(tmp_path)
    pairs = _pairs(request.param)
    n_test = len(pairs) // 5
    for name, part in (("train", pairs[n_test:]), ("test", pairs[:n_test])):
        np.savetxt(f"{name}.csv", part, "%d", ",", header="customer,product", comments="")
    split = {"kind": "files", "train": "train.csv", "test": "test.csv", "validation": 0.15}
    given = {"name": request.param, "split": split}
    return config_file.from_dict(given, where=request.param, folder=tmp_path)


def test_the_tuned_model_is_not_behind_popularity_or_plain_ease(config):
    prepared = prepare(config, Path("prepared"))
    tuned = tuned_config(prepared, config, Plan(trials=_TRIALS, k=_K))
    found = _recalls(prepared, estimator_of(tuned.model))
    tried = [EaseEstimator(l2=l2) for l2 in _L2]
    ease = max(tried, key=lambda each: _recalls(prepared, each, "validation").mean())
    for other in (PopularityEstimator(), ease):
        lead = estimate(found - _recalls(prepared, other))
        assert lead.high >= 0, f"behind {other}: {lead}"


def _recalls(prepared, estimator, split="test"):
    parts = ("train",) if split == "validation" else ("train", "validation")
    model = fit(prepared, estimator, parts=parts, progress=False)
    return per_customer_recall(model, prepared.matrix(split), "discover", [_K])[:, 0]
