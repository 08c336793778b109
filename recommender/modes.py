"""Modes: which products a customer is asked about, and how the scorers are summed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.selection import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from recommender.product_lists import ProductLists
    from recommender.scorers import Scorer

MODES = ("discover", "rebuy", "mixed")


def blend(
    weights: Mapping[str, float], scorers: Mapping[str, Scorer], customers: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the weighted sum of the scorers.

    Parameters
    ----------
    weights
        Weight by name of scorer; at least one.
    customers
        int64 (n_customers,); customer indices.

    Returns
    -------
    numpy.ndarray
        float32 (n_customers, n_products).
    """
    parts = (_weighted(scorers[name].scores(customers), weights[name]) for name in weights)
    return _sum(next(parts), parts)


def blend_baskets(
    weights: Mapping[str, float],
    scorers: Mapping[str, Scorer],
    baskets: Sequence[NDArray[np.int64]],
    *,
    alone: bool = False,
) -> NDArray[np.float32] | None:
    """Return the weighted sum of those scorers that can score baskets.

    Parameters
    ----------
    weights
        Weight by name of scorer; at least one.
    baskets
        int64 (n_products_in_hand,) each; distinct product indices, at least one.
    alone
        Whether nothing else is known of these people. Then each scorer's scores are made to spread
        by 1, as those of customers do whom the weights were learned for: else the scorers that do
        not look at the basket would drown those that do.

    Returns
    -------
    numpy.ndarray or None
        float32 (n_baskets, n_products); None if no scorer can.
    """
    parts = (
        _weighted(_spread_by_one(scores) if alone else scores, weights[name])
        for name in weights
        if (scores := scorers[name].basket_scores(baskets)) is not None
    )
    first = next(parts, None)
    return None if first is None else _sum(first, parts)


def _weighted(scores: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    scores *= np.float32(weight)  # a scorer's answer is its asker's to change
    return scores


def _spread_by_one(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    spread = scores.std(axis=1, keepdims=True)
    scores /= np.where(spread > 0, spread, 1)
    return scores


def _sum(total: NDArray[np.float32], parts: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
    for part in parts:
        total += part
    return total


def filters(mode: str, bought: Sequence[NDArray[np.integer]]) -> Filters:
    """Return what a mode may recommend to somebody: the same as :func:`eligible`, of one.

    Parameters
    ----------
    bought
        What counts as bought: int (n,) each, product indices.
    """
    bought = [products for products in bought if products.size]
    if mode == "mixed" or not bought:
        return Filters([], [])
    if mode == "discover":
        return Filters([], bought)
    return Filters([bought[0] if len(bought) == 1 else np.concatenate(bought)], [])


def eligible(mode: str, seen: ProductLists, n_products: int) -> NDArray[np.bool_]:
    """Return which products a mode may recommend to each customer who has bought ``seen``.

    ``discover``: never bought; ``rebuy``: bought before; ``mixed``: both. Who has bought nothing
    may be recommended anything in every mode.

    Returns
    -------
    numpy.ndarray
        bool (n_customers, n_products).
    """
    if mode == "mixed":
        return np.ones((len(seen), n_products), dtype=np.bool_)
    mask = np.full((len(seen), n_products), mode == "discover")
    mask[seen.rows(), seen.products] = mode == "rebuy"
    mask[seen.lengths == 0] = True
    return mask
