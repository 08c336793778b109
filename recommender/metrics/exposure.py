"""What part of the catalogue the recommendations show, and how popular it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.product_lists import ProductLists


def exposure(lists: ProductLists, n_products: int) -> NDArray[np.int64]:
    """Return to how many customers each product is recommended: int64 (n_products,).

    For the first ``k`` recommendations only, give ``lists.head(k)``.
    """
    return np.bincount(lists.products, minlength=n_products)


def coverage(exposed: NDArray[np.int64]) -> float:
    """Return the share of the catalogue's products that are recommended to anybody; 0..1."""
    return float(np.count_nonzero(exposed) / exposed.size)


def gini(exposed: NDArray[np.int64]) -> float:
    """Return how unequally products are recommended.

    Gini's index over all products of the catalogue, those never recommended included: 0 where all
    are recommended equally often, (n_products - 1) / n_products where only one ever is. 0 where
    nothing is recommended.
    """
    n, total = exposed.size, exposed.sum()
    if not total:
        return 0.0
    places = np.arange(1, n + 1)
    return float(((2 * places - n - 1) * np.sort(exposed)).sum() / (n * total))


def popularity_shares(counts: NDArray[np.integer], n_customers: int) -> NDArray[np.float64]:
    """Return the share of customers who bought each product: float64 (n_products,), above 0.

    A product that nobody bought counts as bought by one customer: its novelty is finite.
    """
    shares: NDArray[np.float64] = np.maximum(counts, 1) / max(n_customers, 1)
    return shares


def novelty(exposed: NDArray[np.int64], shares: NDArray[np.float64]) -> float:
    """Return the mean self-information of what is recommended, in bits; higher is less known.

    Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", 2010:
    -log2 of the share of customers who bought the product; the mean over all recommendations. NaN
    where nothing is recommended.
    """
    return mean_over(exposed, -np.log2(shares))


def mean_over(exposed: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """Return the mean of the products' values over all recommendations; NaN where there are none.

    With :func:`popularity_shares` as values it says how popular what is recommended is, and with
    held-out purchases in the place of recommendations how popular what is bought is.
    """
    total = exposed.sum()
    return float(exposed @ values / total) if total else float("nan")
