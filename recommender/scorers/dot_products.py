"""Dot products of a few rows with very many: what scoring by factors comes down to.

BLAS takes a product of matrices whose left one has a few rows for a large problem, and rearranges
all of the right one first: two rows then take four times as long as one. So up to three are taken
one by one, and more the other way round, which spares nothing but that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ONE_BY_ONE = 3  # rows
_AT_ONCE = 16  # rows: turning round more of them leaves the processor's cache


def dot_products(rows: NDArray[np.float32], products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``rows @ products.T``.

    Parameters
    ----------
    rows
        float32 (n_rows, rank).
    products
        float32 (n_products, rank).

    Returns
    -------
    numpy.ndarray
        float32 (n_rows, n_products).
    """
    found = np.empty((len(rows), len(products)), dtype=np.float32)
    if len(rows) <= _ONE_BY_ONE:
        for row, out in zip(rows, found, strict=True):
            np.dot(products, row, out=out)
        return found
    for start in range(0, len(rows), _AT_ONCE):
        block = slice(start, start + _AT_ONCE)
        found[block] = (products @ rows[block].T).T
    return found
