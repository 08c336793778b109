"""What a customer has bought and may buy again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.sparse_rows import SparseRows, require_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Repeat:
    """A value for each (customer, product) bought before; 0 for what was never bought.

    Parameters
    ----------
    indptr
        int64 (n_customers + 1,); customer i's pairs are those from ``indptr[i]`` to
        ``indptr[i + 1]``.
    products
        int32 (n_pairs,); product indices, distinct within a customer.
    values
        float32 (n_pairs,).
    n_products
        int64 (1,); the number of products.

    Raises
    ------
    ValueError
        If an array is not of its type and shape, not finite, or an index lies outside.
    """

    kind: ClassVar[str] = "repeat"
    indptr: NDArray[np.int64]
    products: NDArray[np.int32]
    values: NDArray[np.float32]
    n_products: NDArray[np.int64]

    def __post_init__(self) -> None:
        given = self.n_products
        if given.dtype != np.int64 or given.shape != (1,) or given[0] < 0:
            raise ValueError(
                f"n_products is {given.dtype} {given.tolist()}; it must be int64 and one number, "
                "0 or more; fit the model again"
            )
        require_rows("indptr", "products", "values", self.rows, self.shape[1])

    @property
    def rows(self) -> SparseRows:
        """The customers' rows over the products."""
        return SparseRows(self.indptr, self.products, self.values)

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers and products that can be scored."""
        return self.indptr.size - 1, int(self.n_products[0])

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self.rows.take(customers).dense(self.shape[1])

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> None:  # noqa: ARG002
        """Return None: a basket says nothing of what somebody has bought before."""
        return
