"""Repeat purchase: which of the products bought before will be bought again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import sparse

from recommender.scorers import Repeat
from training.errors import DataError
from training.estimators import listwise
from training.estimators.pair_features import FREQUENCY, horizon, pair_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Dataset


@dataclass(frozen=True)
class RepeatEstimator:
    """A weighted sum of each pair's frequency, recency, inter-purchase time and repurchase rate.

    The weights are learned listwise from the last tenth of the period: among what a customer had
    bought by then, what was bought again comes first.
    """

    name: ClassVar[str] = "repeat"

    def fit(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",  # noqa: ARG002  not worth a GPU
        progress: bool = False,  # noqa: ARG002  one step
    ) -> Repeat:
        """Learn the weights; see :class:`training.estimators.contract.Estimator`.

        Raises
        ------
        DataError
            If the data have no time.
        """
        if dataset.events is None:
            raise DataError("repeat needs the time of purchases; name its column in data.time")
        earlier, late = dataset.before(horizon(dataset.events))
        weights = _weights(earlier, late, seed)
        pairs = pair_features(dataset)
        return scorer(pairs.rows(pairs.matrix @ weights, dataset.counts.shape))


def _weights(
    earlier: Dataset, late: sparse.csr_matrix[np.float32], seed: int
) -> NDArray[np.float32]:
    """Return the weights of the features: float32 (n_features,)."""
    again = sparse.csr_matrix(late.multiply(earlier.counts.astype(bool)))
    pairs = pair_features(earlier)
    customers = listwise.sample(again, seed)
    if customers.size == 0:  # nobody buys anything twice: the most frequent first
        weights = np.zeros(pairs.matrix.shape[1], np.float32)
        weights[FREQUENCY] = 1
        return weights
    wanted, allowed = (matrix[customers].toarray() > 0 for matrix in (again, earlier.counts))
    nothing = np.zeros((0, *wanted.shape), np.float32)
    return listwise.learn(listwise.Lists(nothing, wanted, allowed), pairs.of(customers)).pairs


def scorer(rows: sparse.csr_matrix[np.float32]) -> Repeat:
    """Return the scorer of one value a pair: (n_customers, n_products)."""
    return Repeat(
        indptr=rows.indptr.astype(np.int64),
        products=rows.indices.astype(np.int32),
        values=rows.data,
        n_products=np.array([rows.shape[1]], np.int64),
    )
