"""Weights from every feature to every product."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.checks import require_finite
from recommender.scorers.feature_rows import FeatureRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.scorers.sparse_rows import SparseRows

_WEIGHTS = 1 << 20  # copied at once: as many as stay in a processor's cache


@dataclass(frozen=True, eq=False)
class ItemItem(FeatureRows):
    """A customer's row times a matrix of weights.

    Steck, "Embarrassingly shallow autoencoders for sparse data", 2019, with further features.

    Parameters
    ----------
    row_indptr, row_features, row_values, basket_indptr, basket_features, basket_values,
    basket_start
        See :class:`recommender.scorers.feature_rows.FeatureRows`.
    weights
        float32 (n_features, n_products).

    Raises
    ------
    ValueError
        If an array is not of its type and shape, not finite, or an index lies outside.
    """

    kind: ClassVar[str] = "item_item"
    weights: NDArray[np.float32]

    def __post_init__(self) -> None:
        require_finite("weights", self.weights, 2)
        self._require_rows(*self.weights.shape)

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers and products that can be scored."""
        return self.row_indptr.size - 1, self.weights.shape[1]

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self.of_customers(customers))

    def between(
        self, features: NDArray[np.integer], products: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the weights of some features for some products: (n_features, n_products)."""
        weights: NDArray[np.float32] = self.weights[np.ix_(features, products)]
        return weights

    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        n_products = self.weights.shape[1]
        scores = np.zeros((len(rows), n_products), dtype=np.float32)
        step = max(1, _WEIGHTS // max(n_products, 1))
        for row, (begin, end) in enumerate(itertools.pairwise(rows.indptr.tolist())):
            for start in range(begin, end, step):
                entries = slice(start, min(start + step, end))
                weights = self.weights.take(rows.columns[entries], axis=0)
                scores[row] += rows.values[entries] @ weights
        return scores
