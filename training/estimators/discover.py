"""The weights with which scorers are summed to rank what a customer has not bought before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from recommender.metrics import match, recall
from recommender.model import FALLBACK
from recommender.product_lists import ProductLists
from recommender.ranking import top_k_of_each
from training.estimators import listwise
from training.estimators.held_out import dense, repeats
from training.estimators.popularity import PopularityEstimator
from training.estimators.trend import TrendEstimator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from training.estimators.held_out import Fitted

_K = 30
_TREND_SHARES = (1.0, 0.5, 0.25, 0.1, 0.0)
_MARGIN = 0.5  # standard errors by which a sum has to be above something simpler


def learn(
    stretches: Iterable[tuple[Fitted, sparse.csr_matrix[np.float32]]], seed: int
) -> dict[str, float]:
    """Learn the weights of what was never bought; nothing to learn from leaves the first member.

    Parameters
    ----------
    stretches
        Scorers, and what was bought later than they know: weights are learned on the first, and
        chosen on all.
    """
    found: list[NDArray[np.float64]] = []
    for fitted, later in stretches:
        names = list(fitted.scorers)
        lists, popularity = _lists(fitted, later, seed)
        if not found:
            if not lists.wanted.size:
                return {names[0]: 1.0}
            candidates = _candidates(names, listwise.learn(lists).scorers)
        sums = (np.tensordot(each, lists.scores, axes=1) for each in candidates)
        found.append(np.stack([_recalls(each, lists) for each in (*sums, popularity)]))
    *recalls, popular = np.hstack(found)
    best = int(np.argmax([each.mean() for each in recalls]))
    if not _is_above(recalls[best], popular):
        return {FALLBACK: 1.0}
    if not _is_above(recalls[best], recalls[-len(names)]):
        return {names[0]: 1.0}
    chosen = zip(names, candidates[best].tolist(), strict=True)
    return {name: weight for name, weight in chosen if weight}


def _lists(
    fitted: Fitted, later: sparse.csr_matrix[np.float32], seed: int
) -> tuple[listwise.Lists, NDArray[np.float32]]:
    """Return lists of what some customers had not bought before, and the scores of popularity."""
    new = sparse.csr_matrix(later - repeats(fitted.dataset, later))
    new.eliminate_zeros()
    customers = listwise.sample(new, seed)
    lists = listwise.Lists(
        fitted.scores(customers),
        wanted=dense(new, customers),
        allowed=~dense(fitted.dataset.counts, customers),
    )
    return lists, PopularityEstimator().fit(fitted.dataset).scores(customers)


def _candidates(names: list[str], learned: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights to choose from: float32 (n_candidates, n_scorers), the last each scorer alone.

    Before them the learned ones; the same with less of the trends, which the loss weighs for the
    whole list and not for its head; and the members in equal shares.
    """
    is_trend = np.array([name.startswith(TrendEstimator.name) for name in names])
    damped = [np.where(is_trend, learned * share, learned) for share in _TREND_SHARES]
    return np.vstack([*damped, ~is_trend, np.eye(len(names))]).astype(np.float32)


def _recalls(scores: NDArray[np.float32], lists: listwise.Lists) -> NDArray[np.float64]:
    """Return each customer's recall at 30, or at a tenth of a small catalogue: (n_customers,)."""
    k = max(1, min(_K, scores.shape[1] // 10))
    ranked = top_k_of_each(scores, k, lists.allowed)
    wanted = sparse.csr_matrix(lists.wanted)
    hits = match(ranked, ProductLists(wanted.indices, wanted.indptr))
    return recall(hits, [k])[:, 0]


def _is_above(found: NDArray[np.float64], simpler: NDArray[np.float64]) -> bool:
    """Tell whether recalls are above those of something simpler, by some standard errors.

    The best of several found on the same customers flatters itself: Breiman et al.,
    "Classification and regression trees", 1984, choose the simplest within one standard error.
    That holds on to popularity where a few dozen customers cannot tell; half of one does not.
    """
    differences = found - simpler
    error = differences.std() / np.sqrt(differences.size)
    return bool(differences.mean() > _MARGIN * error)
