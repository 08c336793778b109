"""The twins of the scorers on CUDA: the same numbers from the same arrays, computed by torch.

torch is imported here and in :mod:`recommender.ranking_cuda` and nowhere else on the serving path,
and only when a twin is asked for. Sparse rows are looked up by numpy, where they lie; what is long
goes to the device once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from recommender.scorers import (
    AnyScorer,
    Factors,
    ItemItem,
    ItemItemFactors,
    ItemItemTop,
    LinearScorer,
    Popularity,
    Repeat,
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


class Twin(ABC):
    """A scorer on a torch device; see :class:`recommender.scorers.Scorer`."""

    @abstractmethod
    def of_customers(self, customers: NDArray[np.int64]) -> torch.Tensor:
        """Return the customers' scores, left on the device; the caller may change them."""

    @abstractmethod
    def of_baskets(self, baskets: Sequence[NDArray[np.int64]]) -> torch.Tensor | None:
        """Return the baskets' scores likewise, or None."""

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer."""
        return self.of_customers(customers).cpu().numpy()

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32] | None:
        """Score every product for each basket."""
        scores = self.of_baskets(baskets)
        return None if scores is None else scores.cpu().numpy()


class FactorsTwin(Twin):
    """:class:`recommender.scorers.Factors` on a torch device."""

    def __init__(self, scorer: Factors, device: str) -> None:
        self._scorer = scorer
        self._customer_factors = _on(
            scorer.customer_factors, device
        )  # (n_customers, embedding_dim)
        self._product_factors = _on(scorer.product_factors, device).T  # (embedding_dim, n_products)
        self._product_biases = _on(scorer.product_biases, device)  # (n_products,)

    def of_customers(self, customers: NDArray[np.int64]) -> torch.Tensor:
        """See :class:`Twin`."""
        rows = torch.as_tensor(customers, device=self._customer_factors.device)
        return self._times(self._customer_factors[rows])

    def of_baskets(self, baskets: Sequence[NDArray[np.int64]]) -> torch.Tensor | None:
        """See :class:`Twin`."""
        factors = self._scorer.basket_factors(baskets)
        return None if factors is None else self._times(_on(factors, self._product_biases.device))

    def _times(self, factors: torch.Tensor) -> torch.Tensor:
        return torch.addmm(self._product_biases, factors, self._product_factors)


class PopularityTwin(Twin):
    """:class:`recommender.scorers.Popularity` on a torch device."""

    def __init__(self, scorer: Popularity, device: str) -> None:
        self._popularity = _on(scorer.popularity, device)  # (n_products,)

    def of_customers(self, customers: NDArray[np.int64]) -> torch.Tensor:
        """See :class:`Twin`."""
        return self._popularity.repeat(customers.size, 1)

    def of_baskets(self, baskets: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """See :class:`Twin`."""
        return self._popularity.repeat(len(baskets), 1)


class RepeatTwin(Twin):
    """:class:`recommender.scorers.Repeat` on a torch device."""

    def __init__(self, scorer: Repeat, device: str) -> None:
        self._scorer = scorer
        self._device = device

    def of_customers(self, customers: NDArray[np.int64]) -> torch.Tensor:
        """See :class:`Twin`."""
        return _dense(self._scorer.rows.take(customers), self._scorer.shape[1], self._device)

    def of_baskets(self, baskets: Sequence[NDArray[np.int64]]) -> None:  # noqa: ARG002
        """See :class:`Twin`."""
        return


class _FeatureTwin(Twin):
    """What the item-item twins share: who somebody is, looked up by numpy."""

    _scorer: LinearScorer

    def of_customers(self, customers: NDArray[np.int64]) -> torch.Tensor:
        """See :class:`Twin`."""
        return self._times_weights(self._scorer.of_customers(customers))

    def of_baskets(self, baskets: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """See :class:`Twin`."""
        scores = self._times_weights(self._scorer.of_baskets(baskets))
        if self._scorer.basket_start is not None:
            scores += _on(self._scorer.basket_start, str(scores.device))
        return scores

    @abstractmethod
    def _times_weights(self, rows: SparseRows) -> torch.Tensor: ...


class ItemItemTwin(_FeatureTwin):
    """:class:`recommender.scorers.ItemItem` on a torch device."""

    def __init__(self, scorer: ItemItem, device: str) -> None:
        self._scorer = scorer
        self._weights = _on(scorer.weights, device)  # (n_features, n_products)

    def _times_weights(self, rows: SparseRows) -> torch.Tensor:
        device = self._weights.device
        return embedding_bag(
            _on(rows.columns, device),
            self._weights,
            _on(rows.indptr[:-1].astype(rows.columns.dtype), device),
            mode="sum",
            per_sample_weights=_on(rows.values, device),
        )  # (n_rows, n_products)


class ItemItemFactorsTwin(_FeatureTwin):
    """:class:`recommender.scorers.ItemItemFactors` on a torch device."""

    def __init__(self, scorer: ItemItemFactors, device: str) -> None:
        self._scorer: ItemItemFactors = scorer
        self._customer_factors = _on(scorer.customer_factors, device)  # (n_customers, rank)
        self._product_factors = _on(scorer.product_factors, device).T  # (rank, n_products)

    def of_customers(self, customers: NDArray[np.int64]) -> torch.Tensor:
        """See :class:`Twin`."""
        rows = torch.as_tensor(customers, device=self._customer_factors.device)
        return self._customer_factors[rows] @ self._product_factors

    def _times_weights(self, rows: SparseRows) -> torch.Tensor:
        factors = self._scorer.row_factors(rows)
        return _on(factors, self._product_factors.device) @ self._product_factors


class ItemItemTopTwin(_FeatureTwin):
    """:class:`recommender.scorers.ItemItemTop` on a torch device."""

    def __init__(self, scorer: ItemItemTop, device: str) -> None:
        self._scorer = scorer
        self._device = device
        weights = scorer.weights
        self._weights = torch.sparse_coo_tensor(
            _on(np.stack([weights.columns, weights.owners()]), device),
            _on(weights.values, device),
            (scorer.shape[1], len(weights)),
            check_invariants=False,
        ).coalesce()  # (n_products, n_features)

    def _times_weights(self, rows: SparseRows) -> torch.Tensor:
        dense = _dense(rows, self._weights.shape[1], self._device)  # (n_rows, n_features)
        scores: torch.Tensor = torch.sparse.mm(self._weights, dense.T)  # (n_products, n_rows)
        return scores.T.contiguous()


_TWINS: dict[str, Any] = {
    Factors.kind: FactorsTwin,
    ItemItem.kind: ItemItemTwin,
    ItemItemFactors.kind: ItemItemFactorsTwin,
    ItemItemTop.kind: ItemItemTopTwin,
    Popularity.kind: PopularityTwin,
    Repeat.kind: RepeatTwin,
}


def twin(scorer: AnyScorer, device: str) -> Twin:
    """Return the twin of a scorer on a torch device such as ``"cuda"``."""
    made: Twin = _TWINS[scorer.kind](scorer, device)
    return made
