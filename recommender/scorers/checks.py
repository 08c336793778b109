"""Whether arrays are what a scorer is made of: they may come from any file.

Nothing is copied, not even as truth values: the arrays may be memory maps of gigabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def require_finite(name: str, array: NDArray[Any], n_dimensions: int) -> None:
    """Raise unless an array is finite float32 of so many dimensions.

    Raises
    ------
    ValueError
        Naming the array.
    """
    _require(name, array, np.float32, n_dimensions)
    if not np.isfinite([array.min(initial=0), array.max(initial=0)]).all():
        raise ValueError(f"{name} holds NaN or infinity; fit the model again")


def require_within(name: str, array: NDArray[Any], end: int) -> None:
    """Raise unless an array is int32 (n,) of indices below ``end``.

    Raises
    ------
    ValueError
        Naming the array.
    """
    _require(name, array, np.int32, 1)
    if array.size and not 0 <= array.min() <= array.max() < end:
        raise ValueError(
            f"{name} holds {array.min()} to {array.max()}, outside 0..{end - 1}; "
            "fit the model again"
        )


def require_indptr(name: str, indptr: NDArray[Any], entries: str, n_entries: int) -> None:
    """Raise unless an array is int64 (n_rows + 1,) and divides the entries of another into rows.

    Raises
    ------
    ValueError
        Naming the array.
    """
    _require(name, indptr, np.int64, 1)
    ends = indptr[[0, -1]].tolist() if indptr.size else []
    if ends != [0, n_entries] or (indptr[1:] < indptr[:-1]).any():
        raise ValueError(
            f"{name} does not divide the {n_entries} {entries} into rows; fit the model again"
        )


def _require(name: str, array: NDArray[Any], dtype: type[np.generic], n_dimensions: int) -> None:
    if array.dtype != dtype or array.ndim != n_dimensions:
        raise ValueError(
            f"{name} is {array.dtype} {array.shape}; it must be {np.dtype(dtype)} of "
            f"{n_dimensions} dimension{'s' * (n_dimensions > 1)}; fit the model again"
        )
