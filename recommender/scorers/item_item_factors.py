"""Weights from features to products, as products of factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.checks import require_finite
from recommender.scorers.dot_products import dot_products
from recommender.scorers.feature_rows import FeatureRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.scorers.sparse_rows import SparseRows


@dataclass(frozen=True, eq=False)
class ItemItemFactors(FeatureRows):
    """:class:`recommender.scorers.ItemItem` whose weights are of low rank.

    A weight is the dot product of a feature's factors and a product's. Those of customers are
    summed beforehand: their rows are read only to explain.

    Parameters
    ----------
    row_indptr, row_features, row_values, basket_indptr, basket_features, basket_values,
    basket_start
        See :class:`recommender.scorers.feature_rows.FeatureRows`.
    feature_factors
        float32 (n_features, rank).
    product_factors
        float32 (n_products, rank).
    customer_factors
        float32 (n_customers, rank); the rows times the features' factors.

    Raises
    ------
    ValueError
        If an array is not of its type and shape, not finite, or an index lies outside.
    """

    kind: ClassVar[str] = "item_item_factors"
    feature_factors: NDArray[np.float32]
    product_factors: NDArray[np.float32]
    customer_factors: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name in ("feature_factors", "product_factors", "customer_factors"):
            require_finite(name, getattr(self, name), 2)
        self._require_rows(len(self.feature_factors), len(self.product_factors))
        ranks = {
            factors.shape[1]
            for factors in (self.feature_factors, self.product_factors, self.customer_factors)
        }
        if len(ranks) > 1 or len(self.customer_factors) != self.row_indptr.size - 1:
            raise ValueError(
                f"customer_factors {self.customer_factors.shape}, feature_factors "
                f"{self.feature_factors.shape} and product_factors {self.product_factors.shape} do "
                f"not fit together, or not {self.row_indptr.size - 1} rows; fit the model again"
            )

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers and products that can be scored."""
        return len(self.customer_factors), len(self.product_factors)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return dot_products(self.customer_factors[customers], self.product_factors)

    def between(
        self, features: NDArray[np.integer], products: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the weights of some features for some products: (n_features, n_products)."""
        weights: NDArray[np.float32]
        weights = self.feature_factors[features] @ self.product_factors[products].T
        return weights

    def row_factors(self, rows: SparseRows) -> NDArray[np.float32]:
        """Return the factors of rows over the features: float32 (n_rows, rank)."""
        factors = np.zeros((len(rows), self.feature_factors.shape[1]), dtype=np.float32)
        for row, (begin, end) in enumerate(zip(rows.indptr, rows.indptr[1:], strict=False)):
            of_features = self.feature_factors[rows.columns[begin:end]]
            factors[row] = rows.values[begin:end] @ of_features
        return factors

    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        return dot_products(self.row_factors(rows), self.product_factors)
