"""The twins of the scorers on CUDA: the same numbers from the same arrays, computed by torch.

torch is imported here and nowhere else on the serving path, and only when a twin is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from recommender.scorers import AnyScorer, Factors, Popularity, Scorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _on(array: NDArray[np.float32], device: str) -> torch.Tensor:
    return torch.tensor(array, device=device)  # copies: the array may be a read-only memory map


class FactorsTwin:
    """:class:`recommender.scorers.Factors` on a torch device."""

    def __init__(self, scorer: Factors, device: str) -> None:
        self._customer_factors = _on(
            scorer.customer_factors, device
        )  # (n_customers, embedding_dim)
        self._product_factors = _on(scorer.product_factors, device).T  # (embedding_dim, n_products)
        self._product_biases = _on(scorer.product_biases, device)  # (n_products,)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        rows = torch.as_tensor(customers, device=self._customer_factors.device)
        scores = torch.addmm(
            self._product_biases, self._customer_factors[rows], self._product_factors
        )
        return scores.cpu().numpy()


class PopularityTwin:
    """:class:`recommender.scorers.Popularity` on a torch device."""

    def __init__(self, scorer: Popularity, device: str) -> None:
        self._popularity = _on(scorer.popularity, device)  # (n_products,)

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._popularity.expand(customers.size, -1).cpu().contiguous().numpy()


def twin(scorer: AnyScorer, device: str) -> Scorer:
    """Return the twin of a scorer on a torch device such as ``"cuda"``."""
    if isinstance(scorer, Factors):
        return FactorsTwin(scorer, device)
    return PopularityTwin(scorer, device)
