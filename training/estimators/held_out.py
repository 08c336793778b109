"""Purchases held out from scorers, to learn from what these would have found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from training.estimators.pair_features import PairFeatures, horizon, pair_features

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recommender.scorers import AnyScorer
    from training.dataset import Dataset

_EARLIER = 2  # stretches of time, besides the held-out one
_BATCH = 512  # customers scored at once


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What weights are learned from: what was known, and what turned out to be bought besides.

    Attributes
    ----------
    known : Dataset
    later : csr_matrix of float32 (n_customers, n_products)
    """

    known: Dataset
    later: sparse.csr_matrix[np.float32]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Scorers that have learned from a data set."""

    dataset: Dataset
    scorers: dict[str, AnyScorer]

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return float32 (n_scorers, n_customers, n_products)."""
        return np.stack([scorer.scores(customers) for scorer in self.scorers.values()])

    def pairs(self, customers: NDArray[np.int64]) -> PairFeatures:
        """Describe every pair of some customers, in order, by each scorer's score too."""
        pairs = pair_features(self.dataset).of(customers)
        columns = np.empty((len(self.scorers), pairs.customers.size), np.float32)
        for start in range(0, customers.size, _BATCH):
            begin, end = np.searchsorted(pairs.customers, [start, start + _BATCH])
            where = pairs.customers[begin:end] - start, pairs.products[begin:end]
            columns[:, begin:end] = self.scores(customers[start : start + _BATCH])[:, *where]
        return pairs.with_columns(*columns)


def earlier(held_out: HeldOut) -> Iterator[HeldOut]:
    """Yield earlier stretches of time as if they were held out; none of what is held out at random.

    One stretch misleads as to what is in season: trends are judged on several.
    """
    known = held_out.known
    if known.events is None or not repeats(known, held_out.later).nnz:
        return
    days = horizon(known.events)
    for _ in range(_EARLIER):
        known, later = known.before(days)
        if not (known.counts.nnz and later.nnz):
            return
        yield HeldOut(known, later)


def repeats(known: Dataset, later: sparse.csr_matrix[np.float32]) -> sparse.csr_matrix[np.float32]:
    """Return what was bought later of what was bought before."""
    return sparse.csr_matrix(later.multiply(known.counts.astype(bool)))


def dense(matrix: sparse.csr_matrix[np.float32], customers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pairs of some customers there are: bool (n_customers, n_products)."""
    return sparse.csr_matrix(matrix[customers]).toarray() > 0
