"""From scores to a short list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.product_lists import ProductLists

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUT = -np.float32(np.inf)  # the score of what must not be recommended
_GROUPS_PER_PLACE = 5  # fewer groups: cheaper to select among, but a bound further off
_TIES = 8  # products a place that are sorted rather than looked through for ties


def top_k(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the best products, best first; ties go to the lower product index.

    Parameters
    ----------
    scores
        float32 (n_products,); higher is better. A product of score ``-inf`` is left out.
    k
        How many to return at most.

    Returns
    -------
    numpy.ndarray
        int64 (n,), n <= k: product indices. Shorter than ``k`` where fewer are left.
    """
    bound = _lower_bound(scores[np.newaxis], k)[0, 0]
    kept = (scores >= bound).nonzero()[0]
    best = scores[kept]
    if kept.size > _TIES * k:  # nearly all of them tied at the bound: the first may get a place
        above = best > bound
        kept = np.concatenate([kept[above], kept[~above][:k]])
        best = scores[kept]
    order = np.argsort(-best, kind="stable")[:k]
    return np.take(kept, order)


def top_k_of_each(
    scores: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
) -> ProductLists:
    """Return the best products of each customer: :func:`top_k` of every row, many times faster.

    Parameters
    ----------
    scores
        float32 (n_customers, n_products); finite, higher is better within a row.
    k
        How many to return at most; a catalogue of fewer is returned whole.
    allowed
        bool (n_customers, n_products); products outside are left out. None allows all.

    Returns
    -------
    ProductLists
        Best first; shorter than ``k`` where fewer are allowed. Products are int64.
    """
    if allowed is not None:
        scores = np.where(allowed, scores, OUT)
    n_customers, n_products = scores.shape
    bound = _lower_bound(scores, k)
    rows, products = np.divmod(np.flatnonzero(scores >= bound), n_products)
    best = scores[rows, products]
    within = _first_ties(best == bound[rows, 0], rows, n_customers, k)
    return _sorted_lists(rows[within], products[within], best[within], n_customers, k)


def _lower_bound(scores: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Return a score that at least ``k`` allowed products of each row reach: (n_customers, 1).

    The k-th best of the maxima of disjoint groups of products is one: k groups have a product
    that reaches it. It is near the k-th best of all, and costs a fraction of selecting that.
    """
    n_customers, n_products = scores.shape
    n_groups = min(_GROUPS_PER_PLACE * k, n_products)
    size = n_products // n_groups
    grouped = scores[:, : size * n_groups].reshape(n_customers, size, n_groups).max(axis=1)
    place = max(n_groups - k, 0)
    bound = np.partition(grouped, place, axis=1)[:, place, np.newaxis]
    return np.maximum(bound, np.finfo(np.float32).min)  # what is not allowed is below


def _first_ties(
    tied: NDArray[np.bool_], rows: NDArray[np.int64], n_customers: int, k: int
) -> NDArray[np.bool_]:
    """Return which entries, in order of row and index, may be among the first ``k`` of their row.

    All above the bound may, and of those tied at it the first that fill the row up.
    """
    room = k - np.bincount(rows[~tied], minlength=n_customers)  # (n_customers,)
    ties = np.bincount(rows[tied], minlength=n_customers)
    nth = np.cumsum(tied) - (np.cumsum(ties) - ties)[rows]  # from 1, within the row
    return ~tied | (nth <= room[rows])


def _sorted_lists(
    rows: NDArray[np.int64],
    products: NDArray[np.int64],
    scores: NDArray[np.float32],
    n_customers: int,
    k: int,
) -> ProductLists:
    """Return the best ``k`` entries of each row; they come in order of row and index."""
    lengths = np.bincount(rows, minlength=n_customers)
    places = np.arange(rows.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    shape = n_customers, int(lengths.max(initial=0))
    costs = np.full(shape, np.inf, dtype=np.float32)
    costs[rows, places] = -scores
    table = np.zeros(shape, dtype=np.int64)
    table[rows, places] = products
    order = np.argsort(costs, axis=1, kind="stable")[:, :k]  # ties stay in order of index
    lengths = np.minimum(lengths, k)
    kept = np.arange(order.shape[1]) < lengths[:, np.newaxis]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return ProductLists(np.take_along_axis(table, order, axis=1)[kept], indptr)
