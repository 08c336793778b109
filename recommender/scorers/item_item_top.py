"""The largest weights from features to products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.feature_rows import FeatureRows
from recommender.scorers.sparse_rows import SparseRows, require_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_AT_ONCE = 1 << 17  # weights and scores: what is made of so many stays in a processor's cache


@dataclass(frozen=True, eq=False)
class ItemItemTop(FeatureRows):
    """:class:`recommender.scorers.ItemItem` with most weights left out: a fraction of the memory.

    Parameters
    ----------
    row_indptr, row_features, row_values, basket_indptr, basket_features, basket_values,
    basket_start
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

    def between(
        self, features: NDArray[np.integer], products: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the weights of some features for some products: (n_features, n_products)."""
        column_of = np.full(self.shape[1], -1)
        column_of[products] = np.arange(products.size)
        taken = self.weights.take(features)
        columns = column_of[taken.columns]
        kept = columns >= 0
        weights = np.zeros((features.size, products.size), dtype=np.float32)
        np.add.at(weights, (taken.owners()[kept], columns[kept]), taken.values[kept])
        return weights

    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        n_products = self.shape[1]
        owners = rows.owners()
        scores = np.zeros((len(rows), n_products), dtype=np.float32)
        for block in self._blocks(rows):
            first, last = owners[block.start], owners[block.stop - 1]
            taken = self.weights.take(rows.columns[block])
            lengths = np.diff(taken.indptr)
            cells = np.repeat((owners[block] - first) * n_products, lengths) + taken.columns
            weighted = np.repeat(rows.values[block], lengths) * taken.values
            sums = np.bincount(cells, weighted, (last - first + 1) * n_products)
            scores[first : last + 1] += sums.reshape(-1, n_products)
        return scores

    def _blocks(self, rows: SparseRows) -> Iterator[slice]:
        """Yield the entries of rows in blocks of at most so many at once; a larger one is alone."""
        weights = np.cumsum(self.weights.lengths(rows.columns))
        costs = weights + rows.owners() * self.shape[1]  # (n_entries,); up to each and with it
        start, before = 0, 0
        while start < costs.size:
            stop = max(start + 1, int(np.searchsorted(costs, before + _AT_ONCE, side="right")))
            yield slice(start, stop)
            start, before = stop, int(costs[stop - 1])
