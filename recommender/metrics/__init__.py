"""How good recommendations are, and how sure one may be of it.

Of each customer (:mod:`recommender.metrics.accuracy`): how much of what was bought is found, and
how early. Of all recommendations together (:mod:`recommender.metrics.exposure`): what part of the
catalogue they show. How far a mean may be trusted: :mod:`recommender.metrics.bootstrap`. For whom
and for what it holds: :mod:`recommender.metrics.segments`.
"""

from recommender.metrics import segments
from recommender.metrics.accuracy import (
    ACCURACY,
    average_precision,
    hit_rate,
    ndcg,
    precision,
    recall,
    recall_capped,
    reciprocal_rank,
)
from recommender.metrics.bootstrap import (
    Estimate,
    estimate,
    estimates,
    estimates_by_name,
    ratio_estimates,
)
from recommender.metrics.exposure import (
    coverage,
    exposure,
    gini,
    mean_over,
    novelty,
    popularity_shares,
)
from recommender.metrics.hits import Hits, match

__all__ = [
    "ACCURACY",
    "Estimate",
    "Hits",
    "average_precision",
    "coverage",
    "estimate",
    "estimates",
    "estimates_by_name",
    "exposure",
    "gini",
    "hit_rate",
    "match",
    "mean_over",
    "ndcg",
    "novelty",
    "popularity_shares",
    "precision",
    "ratio_estimates",
    "recall",
    "recall_capped",
    "reciprocal_rank",
    "segments",
]
