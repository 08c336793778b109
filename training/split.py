"""The parts of the data: what is learnt from, what tuning sees, what is measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(len(PARTS))


def random_parts(n_pairs: int, test: float, validation: float, seed: int) -> NDArray[np.int8]:
    """Assign distinct pairs to parts at random.

    Parameters
    ----------
    n_pairs : int
        How many; the order of the pairs is the caller's and has to be always the same.
    test, validation : float
        Fractions in [0, 1): of all pairs, and of the pairs that test leaves.
    seed : int
        The same seed gives the same parts.

    Returns
    -------
    int8 (n_pairs,)
        Exactly ``round(test * n_pairs)`` in test, and likewise for validation.
    """
    n_test = round(test * n_pairs)
    n_validation = round(validation * (n_pairs - n_test))
    parts = np.full(n_pairs, TRAIN, np.int8)
    order = np.random.default_rng(seed).permutation(n_pairs)
    parts[order[:n_test]] = TEST
    parts[order[n_test : n_test + n_validation]] = VALIDATION
    return parts


def time_cuts(
    times: NDArray[np.datetime64], test: float, validation: float
) -> tuple[np.datetime64, np.datetime64]:
    """Find the last moments of train and of validation.

    Parameters
    ----------
    times : datetime64[us] (n,)
        Of the purchases; not empty.
    test, validation : float
        Fractions in [0, 1): of the period, and of the period that test leaves.

    Returns
    -------
    datetime64[us]
        Purchases up to and with this moment are train.
    datetime64[us]
        Later ones up to and with this moment are validation; what comes after is test.
    """
    first = times.min()
    before_test = _share(times.max() - first, 1 - test)
    return first + _share(before_test, 1 - validation), first + before_test


def _share(period: np.timedelta64, fraction: float) -> np.timedelta64:
    return np.timedelta64(round(period.astype(np.int64) * fraction), "us")


def time_parts(
    times: NDArray[np.datetime64], train_end: np.datetime64, validation_end: np.datetime64
) -> NDArray[np.int8]:
    """Assign purchases to parts by time; equal times are in the same part.

    Returns
    -------
    int8 (n,)
    """
    late = (times > train_end).astype(np.int8)
    return late + (times > validation_end)
