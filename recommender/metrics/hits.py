"""Which of the recommended products were bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.product_lists import ProductLists


@dataclass(frozen=True, eq=False)
class Hits:
    """What was found of what was held out.

    Parameters
    ----------
    found
        bool (n_customers, depth); whether the product at a place, from the best, was held out.
        False beyond the end of a list: nothing stands there, so nothing is found.
    n_held_out
        int64 (n_customers,); at least 1.
    """

    found: NDArray[np.bool_]
    n_held_out: NDArray[np.int64]

    def counts(self, cut_offs: Sequence[int]) -> NDArray[np.int64]:
        """Return the number of hits at each cut-off: int64 (n_customers, n_cut_offs)."""
        return self.running_sum(self.found.astype(np.int64), cut_offs)

    def running_sum(self, values: NDArray, cut_offs: Sequence[int]) -> NDArray:  # type: ignore[type-arg]
        """Return the sums of ``values`` (n_customers, depth) over the first ``k`` places.

        Returns
        -------
        numpy.ndarray
            (n_customers, n_cut_offs), of the type of the values.
        """
        nothing = np.zeros((len(values), 1), dtype=values.dtype)
        sums = np.concatenate([nothing, np.cumsum(values, axis=1)], axis=1)
        return sums[:, np.minimum(cut_offs, values.shape[1])]


def match(ranked: ProductLists, held_out: ProductLists) -> Hits:
    """Compare recommendations with what was held out.

    Parameters
    ----------
    ranked
        The recommendations of each customer, best first, distinct; any length, none included.
    held_out
        The held-out products of the same customers, distinct, in any order.

    Raises
    ------
    ValueError
        If the lists are of different numbers of customers, a product stands twice in one, or a
        customer has nothing held out: a share of nothing is undefined, so leave them out.
    """
    n_held_out = held_out.lengths
    if len(ranked) != len(held_out):
        raise ValueError(f"{len(ranked)} lists of recommendations, {len(held_out)} of purchases")
    if not n_held_out.all():
        raise ValueError(
            f"{np.count_nonzero(n_held_out == 0)} customers have nothing held out; leave them out"
        )
    stride = 1 + max(ranked.products.max(initial=0), held_out.products.max(initial=0))
    rows = ranked.rows()
    keys = rows * stride + ranked.products
    wanted = _distinct(held_out.rows() * stride + held_out.products, "held out")
    _distinct(keys, "recommended")
    nearest = np.minimum(np.searchsorted(wanted, keys), max(wanted.size - 1, 0))
    found = np.zeros((len(ranked), int(ranked.lengths.max(initial=0))), dtype=np.bool_)
    found[rows, ranked.places()] = wanted[nearest] == keys
    return Hits(found, n_held_out)


def _distinct(keys: NDArray[np.int64], what: str) -> NDArray[np.int64]:
    """Return the keys sorted."""
    ordered = np.sort(keys)
    if (ordered[1:] == ordered[:-1]).any():
        raise ValueError(f"a product is {what} twice to one customer; it can be found only once")
    return ordered
