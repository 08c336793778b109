"""The scores of a linear model as products of factors, found by random projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

_SPARE = 32  # directions beyond the rank, which make the others exact
_PASSES = 4  # over the matrix and back; each sharpens what the random start has found


class Weights(Protocol):
    """A matrix (n_features, n_products) that is multiplied rather than written down."""

    n_products: int

    def times(self, right: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return weights @ right: float32 (n_features, rank)."""
        ...

    def transposed_times(self, left: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return weights' @ left: float32 (n_products, rank)."""
        ...


def factorized(
    rows: sparse.csr_matrix[np.float32], weights: Weights, rank: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return factors of features and products whose products are nearest to the scores.

    Halko, Martinsson and Tropp, "Finding structure with randomness", 2011, algorithm 4.4, on the
    matrix ``rows @ weights`` of all scores, which is never formed.

    Returns
    -------
    float32 (n_features, rank)
        ``weights @ v``; a row times it is a customer's vector.
    float32 (n_products, rank)
        ``v``, orthonormal: the first right singular vectors of the scores.
    """
    n_directions = min(rank + _SPARE, weights.n_products, rows.shape[0])
    start = np.random.default_rng(seed).standard_normal((weights.n_products, n_directions))
    directions = _orthonormal(start.astype(np.float32))
    for _ in range(_PASSES):
        scores = _orthonormal(np.asarray(rows @ weights.times(directions)))
        directions = _orthonormal(weights.transposed_times(np.asarray(rows.T @ scores)))
    features = weights.times(directions)
    # Of the directions found, those along which scores vary most come first.
    _, _, turned = torch.linalg.svd(torch.as_tensor(rows @ features), full_matrices=False)
    kept = turned[:rank].T.numpy()  # (n_directions, rank)
    return features @ kept, directions @ kept


def _orthonormal(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Q of the QR decomposition, by torch: numpy's takes twice as long."""
    orthonormal: NDArray[np.float32] = torch.linalg.qr(torch.as_tensor(columns)).Q.numpy()
    return orthonormal
