"""Who has bought what."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recommender.product_lists import ProductLists

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from recommender.tensors import Arrays


class History:
    """The products that each customer has bought, as compressed sparse rows.

    Parameters
    ----------
    indptr
        int64 (n_customers + 1,); customer i's products are ``indices[indptr[i]:indptr[i + 1]]``.
    indices
        int32 (n_pairs,); product indices, distinct within a customer.
    n_products
        Number of products.

    Raises
    ------
    ValueError
        If the arrays do not describe such rows.
    """

    def __init__(
        self, indptr: NDArray[np.int64], indices: NDArray[np.int32], n_products: int
    ) -> None:
        self._bought = ProductLists(indices, indptr)
        if indices.size and not 0 <= indices.min() <= indices.max() < n_products:
            raise ValueError(f"a product index lies outside 0..{n_products - 1}")
        self.indptr = indptr
        self.indices = indices
        self.n_products = n_products

    def __len__(self) -> int:
        return self.indptr.size - 1

    def seen(self, customer_index: int) -> NDArray[np.int32]:
        """Return the products that a customer has bought."""
        return self.indices[self.indptr[customer_index] : self.indptr[customer_index + 1]]

    def seen_of_each(self, customers: NDArray[np.int64]) -> ProductLists:
        """Return the products that each of the customers has bought."""
        return self._bought.take(customers)

    def sizes(self, customers: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return how many products each of the customers has bought."""
        sizes: NDArray[np.int64] = self.indptr[customers + 1] - self.indptr[customers]
        return sizes

    @cached_property
    def n_buyers(self) -> NDArray[np.int64]:
        """How many customers have bought each product: int64 (n_products,)."""
        return np.bincount(self.indices, minlength=self.n_products)

    def buyers(self, product_index: int) -> NDArray[np.int32]:
        """Return the customers who have bought a product: int32 (n,), ascending."""
        indptr, customers = self._by_product
        return customers[indptr[product_index] : indptr[product_index + 1]]

    @cached_property
    def _by_product(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The buyers of each product, end to end; made when first asked for."""
        owners = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.n_buyers)])
        return indptr, owners[np.argsort(self.indices, kind="stable")]

    def to_arrays(self) -> Arrays:
        """Return the history as arrays for a model's folder."""
        return {"indptr": self.indptr, "indices": self.indices}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], n_products: int) -> History:
        """Return the history that :meth:`to_arrays` wrote."""
        return cls(arrays["indptr"], arrays["indices"], n_products)
