"""How far a customer's scores lie apart: what makes the scores of scorers comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scale_to_one(
    customers: NDArray[np.float32], products: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what each customer's factors are to be multiplied by for scores that spread by 1.

    Parameters
    ----------
    customers
        float32 (n_customers, rank).
    products
        float32 (n_products, rank).

    Returns
    -------
    float32 (n_customers,)
        One over the standard deviation of ``customers @ products.T`` over the products; 1 where
        that is 0.
    """
    covariance = np.cov(products.T, bias=True).reshape(products.shape[1], -1)
    squares = np.einsum("ij,ij->i", customers @ covariance, customers)
    return inverse(np.sqrt(np.maximum(squares, 0)))


def inverse(spread: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return one over each; 1 for 0."""
    positive = spread > np.finfo(np.float32).tiny
    return np.where(positive, 1 / np.where(positive, spread, 1), 1).astype(np.float32)
