"""How sure one may be of a mean over customers.

The percentile bootstrap over customers (Efron and Tibshirani, "An introduction to the bootstrap",
1993, chapter 13): 1,000 times as many customers as there are are drawn with replacement, and the
interval holds the middle 95% of the means. A draw is kept as the number of times that each
customer was drawn, so that all columns share it and their means are one matrix product; the
difference of two models on the same customers is a column like any other, which makes its
interval that of paired differences.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from numpy.typing import NDArray

Name = TypeVar("Name", bound="Hashable")
_RESAMPLES = 1000
_ENTRIES = 10_000_000  # counts held at a time, 8 bytes each
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Estimate:
    """A mean over customers with its 95% bootstrap interval; fractions in 0..1."""

    mean: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return ``{"mean", "low", "high"}``."""
        return asdict(self)


def estimate(values: NDArray[np.float64], seed: int = 0) -> Estimate:
    """Return the mean over customers with its 95% interval.

    Parameters
    ----------
    values
        float64 (n_customers,); at least one. The differences of two models give the interval of
        the paired difference.
    """
    return estimates(values[:, np.newaxis], seed)[0]


def estimates(values: NDArray[np.float64], seed: int = 0) -> list[Estimate]:
    """Return :func:`estimate` of each column, all from the same draws.

    Parameters
    ----------
    values
        float64 (n_customers, n_columns); at least one customer.
    """
    drawn = np.concatenate([counts @ values for counts in _draws(len(values), seed)]) / len(values)
    return _estimates(values.mean(axis=0), drawn)


def estimates_by_name(
    values: Mapping[Name, NDArray[np.float64]], seed: int = 0
) -> dict[Name, list[Estimate]]:
    """Return :func:`estimates` of several arrays of the same customers, all from the same draws."""
    ends = np.cumsum([columns.shape[1] for columns in values.values()])
    together = estimates(np.concatenate(list(values.values()), axis=1), seed)
    return {
        name: together[end - columns.shape[1] : end]
        for (name, columns), end in zip(values.items(), ends, strict=True)
    }


def ratio_estimates(
    parts: NDArray[np.float64], wholes: NDArray[np.float64], seed: int = 0
) -> list[Estimate]:
    """Return the sum over customers of the parts / that of the wholes, by column.

    Parameters
    ----------
    parts, wholes
        float64 (n_customers, n_columns); each column of the wholes sums to more than 0.

    Returns
    -------
    list of Estimate
        ``mean`` is the ratio of the sums. Draws in which a whole is 0 say nothing, and are left
        out of that column's interval.
    """
    drawn = [(counts @ parts, counts @ wholes) for counts in _draws(len(parts), seed)]
    above, below = (np.concatenate(sums) for sums in zip(*drawn, strict=True))
    ratios = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    return _estimates(parts.sum(axis=0) / wholes.sum(axis=0), ratios)


def _draws(n_customers: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each customer is drawn, some draws at a time: (n_draws, n_customers)."""
    generator = np.random.default_rng(seed)
    at_once = max(1, _ENTRIES // n_customers)
    for start in range(0, _RESAMPLES, at_once):
        counts = np.empty((min(at_once, _RESAMPLES - start), n_customers))
        for row in counts:
            drawn = generator.integers(n_customers, size=n_customers)
            row[:] = np.bincount(drawn, minlength=n_customers)
        yield counts


def _estimates(means: NDArray[np.float64], drawn: NDArray[np.float64]) -> list[Estimate]:
    low, high = np.nanquantile(drawn, _INTERVAL, axis=0)
    return [Estimate(*map(float, row)) for row in zip(means, low, high, strict=True)]
