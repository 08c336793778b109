"""Lists of products, one a customer, of any lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ProductLists:
    """One list of products a customer, end to end in one array: short lists need no padding.

    Parameters
    ----------
    products
        int (n_entries,); product indices.
    indptr
        int (n_customers + 1,); list i is ``products[indptr[i]:indptr[i + 1]]``.

    Raises
    ------
    ValueError
        If ``indptr`` does not divide the entries.
    """

    products: NDArray[np.integer]
    indptr: NDArray[np.integer]

    def __post_init__(self) -> None:
        if (
            self.indptr[0] != 0
            or self.indptr[-1] != self.products.size
            or (np.diff(self.indptr) < 0).any()
        ):
            raise ValueError(f"indptr does not divide {self.products.size} entries into lists")

    def __len__(self) -> int:
        return self.indptr.size - 1

    def __getitem__(self, row: int) -> NDArray[np.integer]:
        return self.products[self.indptr[row] : self.indptr[row + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How long each list is: int64 (n_customers,)."""
        return np.diff(self.indptr).astype(np.int64)

    def rows(self) -> NDArray[np.int64]:
        """Return which list each entry is of: int64 (n_entries,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def places(self) -> NDArray[np.int64]:
        """Return each entry's place in its list, from 0: int64 (n_entries,)."""
        return np.arange(self.products.size) - np.repeat(self.indptr[:-1], self.lengths)

    def where(self, kept: NDArray[np.bool_]) -> ProductLists:
        """Return the lists without the entries that are not kept; ``kept`` is (n_entries,)."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return ProductLists(self.products[kept], before[self.indptr])

    def head(self, k: int) -> ProductLists:
        """Return the first ``k`` of each list."""
        return self.where(self.places() < k)

    def take(self, rows: NDArray[np.integer]) -> ProductLists:
        """Return the lists of the rows, in their order."""
        lengths = self.indptr[1:][rows] - self.indptr[rows]  # of a few lists among very many
        indptr = _indptr(lengths)
        shift = np.repeat(self.indptr[rows] - indptr[:-1], lengths)
        return ProductLists(self.products[np.arange(indptr[-1]) + shift], indptr)

    @classmethod
    def of(cls, lists: Sequence[NDArray[np.integer]]) -> ProductLists:
        """Return the lists that are given one by one."""
        lengths = np.array([products.size for products in lists], dtype=np.int64)
        return cls(np.concatenate([np.zeros(0, np.int64), *lists]), _indptr(lengths))

    @classmethod
    def joined(cls, blocks: Sequence[ProductLists]) -> ProductLists:
        """Return the lists of all blocks, one block after the other; there is at least one."""
        lengths = np.concatenate([block.lengths for block in blocks])
        return cls(np.concatenate([block.products for block in blocks]), _indptr(lengths))


def _indptr(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
