"""The twins of the scorers on CUDA: the same numbers from the same arrays, computed by torch.

torch is imported here and nowhere else on the serving path, and only when a twin is asked for.
Sparse rows are looked up by numpy, where they lie; what is long goes to the device once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from recommender.scorers import (
    AnyScorer,
    Factors,
    ItemItem,
    ItemItemTop,
    Popularity,
    Repeat,
    Scorer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.scorers.sparse_rows import SparseRows


def _on(array: NDArray[Any], device: torch.device | str) -> torch.Tensor:
    return torch.tensor(array, device=device)  # copies: the array may be a read-only memory map


def _dense(rows: SparseRows, n_columns: int, device: str) -> torch.Tensor:
    """Return rows written out: float32 (n_rows, n_columns)."""
    cells = _on(rows.owners() * n_columns + rows.columns, device)
    dense = torch.zeros(len(rows) * n_columns, device=device)
    return dense.index_add_(0, cells, _on(rows.values, device)).view(len(rows), n_columns)


class FactorsTwin:
    """:class:`recommender.scorers.Factors` on a torch device."""

    def __init__(self, scorer: Factors, device: str) -> None:
        self._scorer = scorer
        self._customer_factors = _on(
            scorer.customer_factors, device
        )  # (n_customers, embedding_dim)
        self._product_factors = _on(scorer.product_factors, device).T  # (embedding_dim, n_products)
        self._product_biases = _on(scorer.product_biases, device)  # (n_products,)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        rows = torch.as_tensor(customers, device=self._customer_factors.device)
        return self._scores(self._customer_factors[rows])

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32] | None:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        factors = self._scorer.basket_factors(baskets)
        return None if factors is None else self._scores(_on(factors, self._product_biases.device))

    def _scores(self, factors: torch.Tensor) -> NDArray[np.float32]:
        scores = torch.addmm(self._product_biases, factors, self._product_factors)
        return scores.cpu().numpy()


class PopularityTwin:
    """:class:`recommender.scorers.Popularity` on a torch device."""

    def __init__(self, scorer: Popularity, device: str) -> None:
        self._popularity = _on(scorer.popularity, device)  # (n_products,)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._popularity.repeat(customers.size, 1).cpu().numpy()

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        return self._popularity.repeat(len(baskets), 1).cpu().numpy()


class RepeatTwin:
    """:class:`recommender.scorers.Repeat` on a torch device."""

    def __init__(self, scorer: Repeat, device: str) -> None:
        self._scorer = scorer
        self._device = device

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        rows = self._scorer.rows.take(customers)
        return _dense(rows, self._scorer.shape[1], self._device).cpu().numpy()

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> None:  # noqa: ARG002
        """Return None: a basket says nothing of what somebody has bought before."""
        return


class ItemItemTwin:
    """:class:`recommender.scorers.ItemItem` on a torch device."""

    def __init__(self, scorer: ItemItem, device: str) -> None:
        self._scorer = scorer
        self._weights = _on(scorer.weights, device)  # (n_features, n_products)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self._scorer.of_customers(customers))

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self._scorer.of_baskets(baskets))

    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        device = self._weights.device
        scores = embedding_bag(
            _on(rows.columns, device),
            self._weights,
            _on(rows.indptr[:-1].astype(rows.columns.dtype), device),
            mode="sum",
            per_sample_weights=_on(rows.values, device),
        )  # (n_rows, n_products)
        return scores.cpu().numpy()


class ItemItemTopTwin:
    """:class:`recommender.scorers.ItemItemTop` on a torch device."""

    def __init__(self, scorer: ItemItemTop, device: str) -> None:
        self._scorer = scorer
        self._device = device
        weights = scorer.weights
        places = np.stack([weights.columns, weights.owners()])
        self._weights = torch.sparse_coo_tensor(
            _on(places, device),
            _on(weights.values, device),
            (scorer.shape[1], len(weights)),
            check_invariants=False,
        ).coalesce()  # (n_products, n_features)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self._scorer.of_customers(customers))

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self._scorer.of_baskets(baskets))

    def _scores(self, rows: SparseRows) -> NDArray[np.float32]:
        dense = _dense(rows, len(self._scorer.weights), self._device)  # (n_rows, n_features)
        scores: torch.Tensor = torch.sparse.mm(self._weights, dense.T)  # (n_products, n_rows)
        return scores.T.contiguous().cpu().numpy()


_TWINS: dict[str, Any] = {
    Factors.kind: FactorsTwin,
    ItemItem.kind: ItemItemTwin,
    ItemItemTop.kind: ItemItemTopTwin,
    Popularity.kind: PopularityTwin,
    Repeat.kind: RepeatTwin,
}


def twin(scorer: AnyScorer, device: str) -> Scorer:
    """Return the twin of a scorer on a torch device such as ``"cuda"``."""
    made: Scorer = _TWINS[scorer.kind](scorer, device)
    return made
