"""Parts of the customers and of the products, for what is good for some and bad for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.metrics.hits import match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.product_lists import ProductLists


def by_size(sizes: NDArray[np.int64], n_groups: int) -> NDArray[np.int64]:
    """Return each customer's group, the smallest first: groups as equal as ties allow.

    Parameters
    ----------
    sizes
        int64 (n_customers,); as the number of products that each is known to have bought.
    n_groups
        How many groups at most; fewer where there are too many ties.

    Returns
    -------
    numpy.ndarray
        int64 (n_customers,).
    """
    edges = np.unique(np.quantile(sizes, np.arange(1, n_groups) / n_groups, method="lower"))
    return np.searchsorted(edges, sizes)


def largest(
    categories: NDArray[np.integer], weights: NDArray[np.integer], n_categories: int, at_most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the categories of most weight, and give each a column; all others share the next.

    Parameters
    ----------
    categories
        int (n_products,); the category of each product.
    weights
        int (n_products,); as how often each was bought. A category without any is not chosen.

    Returns
    -------
    tuple
        The chosen categories, most weight first: int64 (n_chosen,); and the column of each
        product: int64 (n_products,).
    """
    sizes = np.bincount(categories, weights=weights, minlength=n_categories)
    chosen = np.argsort(-sizes, kind="stable")[: min(at_most, np.count_nonzero(sizes))]
    column_of = np.full(n_categories, chosen.size)
    column_of[chosen] = np.arange(chosen.size)
    return chosen, column_of[categories]


def counts_by_column(
    lists: ProductLists, columns: NDArray[np.int64], n_columns: int
) -> NDArray[np.float64]:
    """Count each customer's products by column: float64 (n_customers, n_columns).

    Products whose column lies beyond are counted nowhere.
    """
    column = columns[lists.products]
    within = column < n_columns
    cells = lists.rows()[within] * n_columns + column[within]
    counts = np.bincount(cells, minlength=len(lists) * n_columns)
    return counts.reshape(len(lists), n_columns).astype(np.float64)


def found(ranked: ProductLists, held_out: ProductLists) -> ProductLists:
    """Return the recommended products that were held out."""
    hits = match(ranked, held_out).found
    return ranked.where(hits[ranked.rows(), ranked.places()])
