"""Customers and baskets as sparse rows over features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from recommender.scorers.checks import require_finite
from recommender.scorers.sparse_rows import SparseRows, require_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FeatureRows(ABC):
    """Who a customer is to a linear scorer: values of features.

    The first features are the products; the others are values of the catalogue's columns, such as
    a category or a maker. Somebody known only by a basket is the sum of the rows that its products
    stand for; the scores begin with what is usual.

    Parameters
    ----------
    row_indptr
        int64 (n_customers + 1,); customer i's entries are those from ``row_indptr[i]`` to
        ``row_indptr[i + 1]``.
    row_features
        int32 (n_entries,); features.
    row_values
        float32 (n_entries,).
    basket_indptr
        int64 (n_products + 1,); likewise for a product in a basket.
    basket_features
        int32 (n_basket_entries,); features.
    basket_values
        float32 (n_basket_entries,).
    basket_start
        float32 (n_products,); scores that those of every basket are added to; None: none.
    """

    row_indptr: NDArray[np.int64]
    row_features: NDArray[np.int32]
    row_values: NDArray[np.float32]
    basket_indptr: NDArray[np.int64]
    basket_features: NDArray[np.int32]
    basket_values: NDArray[np.float32]
    basket_start: NDArray[np.float32] | None = field(default=None, kw_only=True)

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        scores = self._scores(self.of_baskets(baskets))
        if self.basket_start is not None:
            scores += self.basket_start
        return scores

    @abstractmethod
    def between(
        self, features: NDArray[np.integer], products: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the weights of some features for some products: (n_features, n_products)."""

    @abstractmethod
    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        """Return the scores of rows over the features: float32 (n_rows, n_products)."""

    def of_customers(self, customers: NDArray[np.int64]) -> SparseRows:
        """Return the rows of customers."""
        return self._rows().take(customers)

    def of_baskets(self, baskets: Sequence[NDArray[np.int64]]) -> SparseRows:
        """Return the row of each basket; see :meth:`recommender.scorers.Scorer.basket_scores`."""
        offsets = np.cumsum([0, *(basket.size for basket in baskets)])
        products = np.concatenate([np.zeros(0, np.int64), *baskets])
        return self.of_each_product(products).joined(offsets)

    def of_each_product(self, products: NDArray[np.int64]) -> SparseRows:
        """Return the rows that products in a basket stand for."""
        return self._basket_rows().take(products)

    def _rows(self) -> SparseRows:
        return SparseRows(self.row_indptr, self.row_features, self.row_values)

    def _basket_rows(self) -> SparseRows:
        return SparseRows(self.basket_indptr, self.basket_features, self.basket_values)

    def _require_rows(self, n_features: int, n_products: int) -> None:
        require_rows("row_indptr", "row_features", "row_values", self._rows(), n_features)
        basket = "basket_indptr", "basket_features", "basket_values"
        require_rows(*basket, self._basket_rows(), n_features)
        if self.basket_indptr.size != n_products + 1:
            raise ValueError(
                f"basket_indptr has {self.basket_indptr.size} entries; for {n_products} products "
                f"it must have {n_products + 1}; fit the model again"
            )
        if self.basket_start is not None:
            require_finite("basket_start", self.basket_start, 1)
            if self.basket_start.size != n_products:
                raise ValueError(
                    f"basket_start has {self.basket_start.size} entries for {n_products} products; "
                    "fit the model again"
                )
