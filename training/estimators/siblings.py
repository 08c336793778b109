"""Products that nobody has bought yet: they stand for what their siblings have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from training.dataset import values_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from training.dataset import Dataset


def mean_of_siblings(
    dataset: Dataset, crossed: Iterable[str] = ()
) -> sparse.csr_matrix[np.float32]:
    """Return what makes each product's weights of all products' weights.

    A product with purchases keeps its own. One without gets the mean of its siblings: of the
    products with purchases that share its rarest attribute, the one that the fewest of them have.
    Without any sibling it keeps its own, which are 0.

    Parameters
    ----------
    crossed
        Further attributes made of several, as in ``product_type+brand``.

    Returns
    -------
    csr_matrix of float32 (n_products, n_products)
        Rows that sum to 1; the identity where everything has been bought.
    """
    n_products = dataset.n_products
    is_known = np.bincount(dataset.counts.indices, minlength=n_products) > 0
    stands_for = {product: np.array([product]) for product in range(n_products)}
    stands_for |= _siblings(dataset, is_known, crossed)
    lengths = [siblings.size for siblings in stands_for.values()]
    rows = np.repeat(np.arange(n_products), lengths)
    shares = np.repeat(1 / np.array(lengths, np.float32), lengths).astype(np.float32)
    columns = np.concatenate(list(stands_for.values()))
    return sparse.csr_matrix((shares, (rows, columns)), shape=(n_products, n_products))


def _siblings(
    dataset: Dataset, is_known: NDArray[np.bool_], crossed: Iterable[str]
) -> dict[int, NDArray[np.int64]]:
    """Return the siblings of each product without purchases that has any."""
    attributes = [values_of(dataset.about, each) for each in (*dataset.about.columns, *crossed)]
    known = np.flatnonzero(is_known)
    members = [values[is_known].groupby(values[is_known]).indices for values in attributes]
    found = {}
    for product in np.flatnonzero(~is_known).tolist():
        groups = [
            known[group[values[product]]]
            for values, group in zip(attributes, members, strict=True)
            if values[product] in group
        ]
        if groups:
            found[product] = min(groups, key=len)
    return found
