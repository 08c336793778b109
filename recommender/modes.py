"""Modes: which products a customer is asked about, and how the scorers are summed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

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
    parts = (
        scorers[name].scores(customers) * np.float32(weight) for name, weight in weights.items()
    )
    total = next(parts)
    for part in parts:
        total += part
    return total


def eligible(mode: str, seen: NDArray[np.int32], n_products: int) -> NDArray[np.bool_]:
    """Return which products a mode may recommend to a customer who has bought ``seen``.

    ``discover``: never bought; ``rebuy``: bought before; ``mixed``: both.
    """
    if mode == "mixed":
        return np.ones(n_products, dtype=np.bool_)
    mask = np.full(n_products, mode == "discover")
    mask[seen] = mode == "rebuy"
    return mask
