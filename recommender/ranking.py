"""From scores to a short list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def top_k(
    scores: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the best products, best first; ties go to the lower product index.

    Parameters
    ----------
    scores
        float32 (n_products,); finite, higher is better.
    k
        How many to return at most.
    allowed
        bool (n_products,); products outside are left out. None allows all.

    Returns
    -------
    numpy.ndarray
        int64 (n,), n <= k: product indices. Shorter than ``k`` where fewer are allowed.
    """
    candidates = np.arange(scores.size) if allowed is None else np.flatnonzero(allowed)
    scores = scores[candidates]
    if k < scores.size:
        threshold = np.partition(scores, scores.size - k)[scores.size - k]
        # Every tie at the threshold is kept until the sort decides, by index, which of them stay.
        kept = np.flatnonzero(scores >= threshold)
        candidates, scores = candidates[kept], scores[kept]
    return candidates[np.argsort(-scores, kind="stable")[:k]]
