"""The weights of EASE, solved for by whichever side is smaller: features or customers.

X_e is the customers' rows over all features, x_j its column of product j. Ridge regression of x_j
on X_e without x_j itself has a closed form in P = (X_e' X_e + l2 I)^-1, features by features (the
primal form):

    B_j = -P_j / P_jj, and 0 for j itself.

By Woodbury's identity the same weights need only M = (X_e X_e' / l2 + I)^-1, customers by
customers (the dual form): with q_j = x_j' M x_j / l2,

    B_j = X_e' M x_j / (l2 (1 - q_j)), and 0 for j itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from scipy import sparse

from training.errors import FitError
from training.estimators import low_rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

_BLOCK = 1024  # products at a time
_DENSE = 0.01  # share of what is stored from which on dense products are faster
_PART = 1 << 26  # entries made dense at once
_EXACT = 8192  # up to this size double precision is cheap


class ItemWeights(low_rank.Weights, Protocol):
    """Weights from features to products, some products at a time."""

    def columns(self, products: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weights of some products: float32 (n_features, n)."""
        ...


class Primal:
    """The weights by the inverse over the features."""

    def __init__(
        self, rows: sparse.csr_matrix[np.float32], n_products: int, l2: float, device: str
    ) -> None:
        self.n_products = n_products
        gram = _gram(rows, device)
        gram.diagonal().add_(l2)
        self._inverse = _inverted(gram)
        self._scale = 1 / self._inverse.diagonal()[:n_products]

    def columns(self, products: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weights of some products: float32 (n_features, n)."""
        chosen = torch.as_tensor(products, device=self._inverse.device)
        weights = self._inverse[:, chosen] * -self._scale[chosen]
        weights[chosen, torch.arange(len(products), device=weights.device)] = 0
        return _array(weights)

    def times(self, right: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return weights @ right: float32 (n_features, rank)."""
        own = self._like(right)
        product = self._inverse[:, : self.n_products] @ (own * -self._scale[:, None])
        product[: self.n_products] += own
        return _array(product)

    def transposed_times(self, left: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return weights' @ left: float32 (n_products, rank)."""
        given = self._like(left)
        product = self._inverse[: self.n_products] @ given * -self._scale[:, None]
        return _array(product + given[: self.n_products])

    def _like(self, array: NDArray[np.float32]) -> Tensor:
        return torch.as_tensor(array, dtype=self._inverse.dtype, device=self._inverse.device)


class Dual:
    """The weights by the inverse over the customers."""

    def __init__(
        self, rows: sparse.csr_matrix[np.float32], n_products: int, l2: float, device: str
    ) -> None:
        self.n_products = n_products
        self._transposed = sparse.csr_matrix(rows.T)  # (n_features, n_customers)
        kernel = _gram(self._transposed, device).div_(l2)
        kernel.diagonal().add_(1)
        inverse = _inverted(kernel).float()
        products = _dense(rows[:, :n_products], device)  # (n_customers, n_products)
        solved = inverse @ products
        own = products.mul_(solved).sum(0) / l2  # (n_products,)
        self._solved = solved.div_(l2 * (1 - own))
        self._own = _array(own / (1 - own))

    def columns(self, products: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weights of some products: float32 (n_features, n)."""
        solved = _array(self._solved[:, torch.as_tensor(products, device=self._solved.device)])
        weights: NDArray[np.float32] = self._transposed @ solved
        weights[products, np.arange(products.size)] = 0
        return weights

    def times(self, right: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return weights @ right: float32 (n_features, rank)."""
        solved = self._solved @ torch.as_tensor(right, device=self._solved.device)
        product: NDArray[np.float32] = self._transposed @ _array(solved)
        product[: self.n_products] -= self._own[:, np.newaxis] * right
        return product

    def transposed_times(self, left: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return weights' @ left: float32 (n_products, rank)."""
        scores = torch.as_tensor(self._transposed.T @ left, device=self._solved.device)
        own = self._own[:, np.newaxis] * left[: self.n_products]
        return _array(self._solved.T @ scores) - own


def solve(
    rows: sparse.csr_matrix[np.float32], n_products: int, l2: float, device: str
) -> ItemWeights:
    """Solve for the weights that predict the products from all features.

    Parameters
    ----------
    rows
        (n_customers, n_features), the products' columns first.
    l2
        The ridge.

    Raises
    ------
    FitError
        If memory does not suffice.
    """
    form = Dual if rows.shape[0] < rows.shape[1] else Primal
    try:
        return form(rows, n_products, l2, device)
    except (MemoryError, RuntimeError) as error:  # torch has no type for want of memory on a CPU
        size = min(rows.shape)
        reason = str(error).partition("\n")[0]
        raise FitError(
            f"ease cannot invert a matrix of {size:,} by {size:,} on {device}: {reason}; raise "
            f"min_customers to leave fewer products{_that_fits(device)}"
        ) from error


def dense(weights: ItemWeights) -> NDArray[np.float32]:
    """Return all weights: float32 (n_features, n_products)."""
    return np.hstack([weights.columns(block) for block in _blocks(weights.n_products)])


def top(weights: ItemWeights, n: int, sizes: NDArray[np.float32]) -> sparse.csr_matrix[np.float32]:
    """Return the `n` weights of each product that move scores most: (n_features, n_products).

    Parameters
    ----------
    sizes
        float32 (n_features,); how large the values of each feature are.
    """
    kept = []
    for block in _blocks(weights.n_products):
        columns = weights.columns(block)
        n_dropped = max(columns.shape[0] - n, 0)
        if n_dropped:
            moved = np.abs(columns) * sizes[:, np.newaxis]
            smallest = np.argpartition(moved, n_dropped - 1, axis=0)[:n_dropped]
            np.put_along_axis(columns, smallest, 0, axis=0)
        kept.append(sparse.csr_matrix(columns))
    return sparse.csr_matrix(sparse.hstack(kept, format="csr"))


def _blocks(n_products: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, n_products, _BLOCK):
        yield np.arange(start, min(start + _BLOCK, n_products))


def _gram(rows: sparse.csr_matrix[np.float32], device: str) -> Tensor:
    """Return rows' rows, (n_columns, n_columns), in a precision to invert it in."""
    size = rows.shape[1]
    dtype = torch.float64 if size <= _EXACT else torch.float32
    gram = torch.zeros((size, size), dtype=dtype, device=device)
    is_dense = rows.nnz > _DENSE * rows.shape[0] * size
    for part in _dense_parts(rows, device) if is_dense else ():
        gram += part.T @ part
    transposed = sparse.csr_matrix(rows.T)
    for block in () if is_dense else _blocks(size):
        part = torch.as_tensor((transposed @ rows[:, block]).toarray(), device=device)
        gram[:, torch.as_tensor(block, device=device)] = part.to(dtype)
    return gram


def _dense_parts(rows: sparse.csr_matrix[np.float32], device: str) -> Iterator[Tensor]:
    step = max(1, _PART // rows.shape[1])
    for start in range(0, rows.shape[0], step):
        yield _dense(rows[start : start + step], device)


def _inverted(matrix: Tensor) -> Tensor:
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if failed:
        raise FitError("ease cannot invert its matrix, whose ridge is too small; raise l2")
    return torch.cholesky_inverse(factor)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.float().cpu().numpy()


def _dense(rows: sparse.csr_matrix[np.float32], device: str) -> Tensor:
    return torch.as_tensor(rows.toarray(), device=device)


def _that_fits(device: str) -> str:
    if device != "cuda":
        return ""
    free, _ = torch.cuda.mem_get_info()
    return f": at most {int((free / 12) ** 0.5):,} fit the free memory"  # Gram, factor, inverse
