"""How good a ranking is, and how sure one may be of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RESAMPLES = 1000
_CHUNK = 100  # resamples drawn at a time; bounds memory at chunk * n_customers * 16 bytes


@dataclass(frozen=True)
class Estimate:
    """A mean over customers with its 95% bootstrap interval; fractions in 0..1."""

    mean: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return ``{"mean", "low", "high"}``."""
        return asdict(self)


def recall(
    ranked: NDArray[np.int64], held_out: NDArray[np.integer], cut_offs: Sequence[int]
) -> NDArray[np.float64]:
    """Return one customer's recall at each cut-off: hits / all held-out products.

    The denominator is not capped at ``k``: a customer with more held-out products than ``k``
    cannot reach 1.

    Parameters
    ----------
    ranked
        int64 (n,); product indices, best first, distinct; n may be less than a cut-off.
    held_out
        int (n_held_out,); distinct product indices, at least one.
    cut_offs
        The values of ``k``.

    Returns
    -------
    numpy.ndarray
        float64 (n_cut_offs,); in 0..1.
    """
    hits = np.concatenate([[0], np.cumsum(np.isin(ranked, held_out))])
    return hits[np.minimum(cut_offs, ranked.size)] / held_out.size


def estimate(values: NDArray[np.float64], seed: int = 0) -> Estimate:
    """Return the mean over customers with a 95% interval from the percentile bootstrap.

    Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13; 1,000 resamples.

    Parameters
    ----------
    values
        float64 (n_customers,); at least one.
    """
    generator = np.random.default_rng(seed)
    means = np.concatenate(
        [
            values[generator.integers(values.size, size=(_CHUNK, values.size))].mean(axis=1)
            for _ in range(_RESAMPLES // _CHUNK)
        ]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))
