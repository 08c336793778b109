"""The largest weights from features to products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.feature_rows import FeatureRows
from recommender.scorers.sparse_rows import SparseRows, require_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_ENTRIES = 1 << 18  # weights taken and scores made at once: few megabytes stay in the cache


@dataclass(frozen=True, eq=False)
class ItemItemTop(FeatureRows):
    """:class:`recommender.scorers.ItemItem` with most weights left out: a fraction of the memory.

    Parameters
    ----------
    row_indptr, row_features, row_values, basket_indptr, basket_features, basket_values
        See :class:`recommender.scorers.feature_rows.FeatureRows`.
    weight_indptr
        int64 (n_features + 1,); feature i's weights are those from ``weight_indptr[i]`` to
        ``weight_indptr[i + 1]``.
    weight_products
        int32 (n_weights,); product indices.
    weight_values
        float32 (n_weights,).

    Raises
    ------
    ValueError
        If an array is not of its type and shape, not finite, or an index lies outside.
    """

    kind: ClassVar[str] = "item_item_top"
    weight_indptr: NDArray[np.int64]
    weight_products: NDArray[np.int32]
    weight_values: NDArray[np.float32]

    def __post_init__(self) -> None:
        n_products = self.shape[1]
        self._require_rows(len(self.weights), n_products)
        weights = "weight_indptr", "weight_products", "weight_values"
        require_rows(*weights, self.weights, n_products)

    @property
    def weights(self) -> SparseRows:
        """The features' rows over the products."""
        return SparseRows(self.weight_indptr, self.weight_products, self.weight_values)

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers and products that can be scored."""
        return self.row_indptr.size - 1, self.basket_indptr.size - 1

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self.of_customers(customers))

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self.of_baskets(baskets))

    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        n_products = self.shape[1]
        scores = np.empty((len(rows), n_products), dtype=np.float32)
        for start, stop in self.blocks(rows):
            part = rows.part(start, stop)
            taken = self.weights.take(part.columns)
            lengths = np.diff(taken.indptr)
            cells = np.repeat(part.owners() * n_products, lengths) + taken.columns
            weighted = np.repeat(part.values, lengths) * taken.values
            sums = np.bincount(cells, weighted, (stop - start) * n_products)
            scores[start:stop] = sums.reshape(stop - start, n_products)
        return scores

    def blocks(self, rows: SparseRows) -> Iterator[tuple[int, int]]:
        """Yield where to divide rows so that each part takes little memory; a large one is alone.

        Parameters
        ----------
        rows
            Over the features.
        """
        weights = np.concatenate([[0], np.cumsum(self.weights.lengths(rows.columns))])
        costs = weights[rows.indptr] + np.arange(len(rows) + 1) * self.shape[1]  # (n_rows + 1,)
        start = 0
        while start < len(rows):
            within = np.searchsorted(costs, costs[start] + _ENTRIES, side="right")
            stop = max(start + 1, int(within) - 1)
            yield start, stop
            start = stop
