"""Estimators: each learns from purchases and ends in a scorer of the recommender.

The contract is in :mod:`training.estimators.contract`; :data:`ESTIMATORS` holds them by the name
that a configuration gives in ``[model] estimator``. :class:`BlendEstimator` puts several together.
"""

from training.estimators.blend import Blended, BlendEstimator
from training.estimators.contract import Estimator, make
from training.estimators.ease import EaseEstimator
from training.estimators.held_out import HeldOut
from training.estimators.popularity import PopularityEstimator
from training.estimators.repeat import RepeatEstimator
from training.estimators.softmax import SoftmaxEstimator
from training.estimators.spotlight import SpotlightEstimator
from training.estimators.trend import TrendEstimator

AnyEstimator = Estimator | BlendEstimator
ESTIMATORS: dict[str, type[AnyEstimator]] = {
    cls.name: cls
    for cls in (
        BlendEstimator,
        EaseEstimator,
        PopularityEstimator,
        RepeatEstimator,
        SoftmaxEstimator,
        SpotlightEstimator,
        TrendEstimator,
    )
}

__all__ = [
    "ESTIMATORS",
    "AnyEstimator",
    "BlendEstimator",
    "Blended",
    "EaseEstimator",
    "Estimator",
    "HeldOut",
    "PopularityEstimator",
    "RepeatEstimator",
    "SoftmaxEstimator",
    "SpotlightEstimator",
    "TrendEstimator",
    "make",
]
