"""Measure how well a model ranks items or predicts ratings.

Any object works as a model whose ``predict(user_id)`` returns a score for every item; for
sequences ``predict(items so far)``; for ratings ``predict(user_ids, item_ids)``.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from spotlight.errors import InputError
from spotlight.interactions import Interactions, SequenceInteractions

FLOAT_MAX = np.finfo(np.float32).max


class Predictor(Protocol):
    """What a model must offer to be measured."""

    def predict(self, user_ids: Any, item_ids: Any = None) -> NDArray[Any]:
        """Score items; higher is better."""


def mrr_score(
    model: Predictor, test: Interactions, train: Interactions | None = None
) -> NDArray[np.float64]:
    """Mean reciprocal rank of every user's test items.

    Parameters
    ----------
    model : Predictor
    test : Interactions
    train : Interactions, optional
        Their items are ranked last for their users.

    Returns
    -------
    float64 (n_users with test items)
        From 0 to 1, users ascending. Items with the same score share the mean of their ranks.
    """
    return np.array(
        [_mean_reciprocal_rank(costs, items) for costs, items in _ranked_users(model, test, train)]
    )


def sequence_mrr_score(
    model: Predictor, test: SequenceInteractions, exclude_preceding: bool = False
) -> NDArray[np.float64]:
    """Reciprocal rank of every sequence's last item, given the items before.

    Parameters
    ----------
    model : Predictor
    test : SequenceInteractions
    exclude_preceding : bool, optional
        Rank the items before last.

    Returns
    -------
    float64 (n_sequences)
        From 0 to 1.
    """
    ranked = _ranked_sequences(model, test, 1, exclude_preceding)
    return np.array([_mean_reciprocal_rank(costs, items) for costs, items in ranked])


def precision_recall_score(
    model: Predictor,
    test: Interactions,
    train: Interactions | None = None,
    k: int | Sequence[int] | NDArray[Any] = 10,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall of every user's first `k` items.

    Parameters
    ----------
    model : Predictor
    test : Interactions
    train : Interactions, optional
        Their items are ranked last for their users.
    k : int or sequence of int, optional
        Cut-offs, at least 1.

    Returns
    -------
    precision, recall : float64 (n_users with test items) or (n_users with test items, len(k))
        One column for each cut-off if `k` is a sequence. Equal scores: smaller item id first.

    Raises
    ------
    InputError
        If a cut-off is below 1.
    """
    cutoffs = np.atleast_1d(k)
    _check_cutoffs(cutoffs)
    users = [
        _precision_recall(costs, items, cutoffs)
        for costs, items in _ranked_users(model, test, train)
    ]
    scores = np.array(users, dtype=np.float64).reshape(-1, 2, len(cutoffs))
    precision, recall = scores[:, 0], scores[:, 1]
    return (precision[:, 0], recall[:, 0]) if np.isscalar(k) else (precision, recall)


def sequence_precision_recall_score(
    model: Predictor, test: SequenceInteractions, k: int = 10, exclude_preceding: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall of the first `k` items against every sequence's last `k`.

    Parameters
    ----------
    model : Predictor
    test : SequenceInteractions
    k : int, optional
        Cut-off and number of items held back, at least 1 and below the sequence length.
    exclude_preceding : bool, optional
        Rank the items before last.

    Returns
    -------
    precision, recall : float64 (n_sequences)

    Raises
    ------
    InputError
        If `k` leaves no item to predict from.
    """
    cutoffs = np.array([k])
    _check_cutoffs(cutoffs)
    if k >= test.max_sequence_length:
        raise InputError(
            f"k={k} holds back whole sequences of length {test.max_sequence_length}; give a "
            "smaller k or longer sequences."
        )
    sequences = [
        _precision_recall(costs, items, cutoffs)
        for costs, items in _ranked_sequences(model, test, k, exclude_preceding)
    ]
    scores = np.array(sequences, dtype=np.float64).reshape(-1, 2)
    return scores[:, 0], scores[:, 1]


def rmse_score(model: Predictor, test: Interactions) -> float:
    """Root mean squared error of the predicted ratings.

    Parameters
    ----------
    model : Predictor
    test : Interactions
        With ratings.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If `test` has no ratings.
    """
    if test.ratings is None:
        raise InputError(
            "RMSE compares ratings, but the test interactions have none; give "
            "Interactions(..., ratings=...)."
        )
    errors = test.ratings - model.predict(test.user_ids, test.item_ids)
    return float(np.sqrt((errors**2).mean()))


def _ranked_users(
    model: Predictor, test: Interactions, train: Interactions | None
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield every test user's costs of all items (lowest first) and test items."""
    wanted = _items_by_user(test)
    known = [] if train is None else _items_by_user(train)
    for user, items in enumerate(wanted):
        if len(items):
            costs = -model.predict(user)
            if user < len(known):
                costs[known[user]] = FLOAT_MAX
            yield costs, items


def _items_by_user(interactions: Interactions) -> list[NDArray[Any]]:
    matrix = interactions.tocsr()
    return np.split(matrix.indices, matrix.indptr[1:-1])


def _ranked_sequences(
    model: Predictor, test: SequenceInteractions, n_targets: int, exclude_preceding: bool
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield every sequence's costs of all items (lowest first) and its last items."""
    for sequence in test.sequences:
        preceding = sequence[:-n_targets]
        costs = -model.predict(preceding)
        if exclude_preceding:
            costs[preceding] = FLOAT_MAX
        yield costs, sequence[-n_targets:]


def _mean_reciprocal_rank(costs: NDArray[Any], items: NDArray[Any]) -> float:
    return float((1.0 / rankdata(costs)[items]).mean())


def _precision_recall(
    costs: NDArray[Any], items: NDArray[Any], cutoffs: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ranking = np.argsort(costs, kind="stable")[: cutoffs.max()]
    hits = np.cumsum(np.isin(ranking, items))
    depths = np.minimum(cutoffs, len(ranking))
    return hits[depths - 1] / depths, hits[depths - 1] / len(items)


def _check_cutoffs(cutoffs: NDArray[Any]) -> None:
    if cutoffs.min() < 1:
        raise InputError(f"k={cutoffs}: every cut-off must be at least 1.")
