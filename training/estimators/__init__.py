"""Estimators: each learns from purchases and ends in a scorer of the recommender.

The contract is in :mod:`training.estimators.contract`; :data:`ESTIMATORS` holds them by the name
that a configuration gives in ``[model] estimator``.
"""

from training.estimators.contract import Estimator, make
from training.estimators.popularity import PopularityEstimator
from training.estimators.spotlight import SpotlightEstimator

ESTIMATORS: dict[str, type[Estimator]] = {
    cls.name: cls for cls in (PopularityEstimator, SpotlightEstimator)
}

__all__ = ["ESTIMATORS", "Estimator", "PopularityEstimator", "SpotlightEstimator", "make"]
