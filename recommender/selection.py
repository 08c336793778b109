"""From a row of scores to the products of an answer: filters, rules, and the best of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.ranking import OUT, top_k

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.rules import AppliedRules

_NONE = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Filters:
    """What a question allows; each array holds product indices, int (n,).

    Parameters
    ----------
    only
        Nothing but products that are in each of these.
    without
        No product that is in any of these.
    """

    only: list[NDArray[np.integer]]
    without: list[NDArray[np.integer]]

    def apply(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores, ``-inf`` for what is not allowed; those given may be changed."""
        for products in self.only:
            kept = np.full_like(scores, OUT)
            kept[products] = scores[products]
            scores = kept
        for products in self.without:
            scores[products] = OUT
        return scores


def choose(
    scores: NDArray[np.float32], k: int, rules: AppliedRules | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best products that rules allow, and those missed because they are unavailable.

    Parameters
    ----------
    scores
        float32 (n_products,); ``-inf`` for what a question does not allow. They are changed.
    k
        How many products at most.

    Returns
    -------
    tuple
        Product indices, best first: int64 (n,), n <= k. And those that would be among them if
        everything were available, and are not, likewise.
    """
    if rules is None:
        return top_k(scores, k), _NONE
    scores[rules.excluded] = OUT
    if not rules.unavailable.size:
        return _within_caps(scores, k, rules), _NONE
    wanted = _within_caps(scores, k, rules)
    unmet = wanted[rules.is_unavailable[wanted]]
    if not unmet.size:
        return wanted, unmet
    scores[rules.unavailable] = OUT
    return _within_caps(scores, k, rules), unmet


def _within_caps(scores: NDArray[np.float32], k: int, rules: AppliedRules) -> NDArray[np.int64]:
    """Return the best products, going down the ranking past those whose category is full.

    Each further look leaves out what was ranked already and all of the categories that are full,
    so there are few, however far down an answer is filled up.
    """
    best = top_k(scores, k)
    if rules.caps is None:
        return best
    within = _nth_of_category(rules.category_index[best]) < rules.caps[best]
    chosen = best[within]
    if chosen.size < best.size:
        scores = scores.copy()
    while chosen.size < k and best.size == k:
        scores[best] = OUT
        for category in set(rules.category_index[best[~within]].tolist()):
            scores[rules.products_of(category)] = OUT
        best = top_k(scores, k)
        so_far = np.concatenate([chosen, best])
        nth = _nth_of_category(rules.category_index[so_far])[chosen.size :]
        within = nth < rules.caps[best]
        chosen = np.concatenate([chosen, best[within]])
    return chosen[:k]


def _nth_of_category(categories: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many entries of its category stand before each one: int64 (n,)."""
    order = np.argsort(categories, kind="stable")
    ordered = categories[order]
    nth = np.empty(order.size, dtype=np.int64)
    nth[order] = np.arange(order.size) - np.searchsorted(ordered, ordered)
    return nth
