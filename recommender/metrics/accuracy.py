"""How much of what each customer bought is found, and how early.

All take the hits and the cut-offs ``k`` and return float64 (n_customers, n_cut_offs) in 0..1,
higher is better; the measure is the mean over customers. Below, ``n`` is the number of held-out
products of a customer, and a hit is a recommended product that was held out. A list shorter than
``k`` counts as it is: the places that it lacks are no hits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.metrics.hits import Hits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Accuracy = Callable[[Hits, Sequence[int]], "NDArray[np.float64]"]


def recall(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return hits / ``n``: not capped, so whoever bought more than ``k`` cannot reach 1."""
    return hits.counts(cut_offs) / hits.n_held_out[:, np.newaxis]


def recall_capped(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return hits / min(``k``, ``n``): of what could have been found, so that 1 can be reached."""
    return hits.counts(cut_offs) / _findable(hits, cut_offs)


def precision(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return hits / ``k``, where a list is shorter than ``k`` too."""
    return hits.counts(cut_offs) / np.asarray(cut_offs, dtype=np.int64)


def hit_rate(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return 1 where there is any hit, else 0."""
    return (hits.counts(cut_offs) > 0).astype(np.float64)


def reciprocal_rank(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return 1 / rank of the first hit, ranks from 1; 0 where there is none within ``k``.

    The mean over customers is MRR.
    """
    is_first = hits.found & (np.cumsum(hits.found, axis=1) == 1)
    return hits.running_sum(is_first / _ranks(hits), cut_offs)


def average_precision(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return the sum over the hits of the precision at their ranks / min(``k``, ``n``).

    The mean over customers is MAP. Others divide by ``n``, so that 1 is out of reach where
    ``n > k``, or by the number of hits.
    """
    at_hits = hits.found * np.cumsum(hits.found, axis=1) / _ranks(hits)
    return hits.running_sum(at_hits, cut_offs) / _findable(hits, cut_offs)


def ndcg(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.float64]:
    """Return the sum over the hits of 1 / log2(1 + rank), over that of the best possible list.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002; binary
    gains. The best possible list has min(``k``, ``n``) hits at its head.
    """
    gains = hits.running_sum(hits.found / np.log2(1 + _ranks(hits)), cut_offs)
    ideal = np.cumsum(1 / np.log2(1 + np.arange(1, max(cut_offs) + 1)))
    return gains / ideal[_findable(hits, cut_offs) - 1]


ACCURACY: dict[str, Accuracy] = {
    "recall": recall,
    "recall_capped": recall_capped,
    "precision": precision,
    "ndcg": ndcg,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "hit_rate": hit_rate,
}


def _findable(hits: Hits, cut_offs: Sequence[int]) -> NDArray[np.int64]:
    """Return min(k, n): int64 (n_customers, n_cut_offs)."""
    return np.minimum(hits.n_held_out[:, np.newaxis], np.asarray(cut_offs, dtype=np.int64))


def _ranks(hits: Hits) -> NDArray[np.int64]:
    return np.arange(1, hits.found.shape[1] + 1)
