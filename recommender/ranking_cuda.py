"""Ranking where the scores are, on a torch device: only what is ranked comes back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from recommender.product_lists import ProductLists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.scorers_cuda import Twin


def rank(
    weighted: Sequence[tuple[Twin, float]],
    popularity: Twin,
    customers: NDArray[np.int64],
    seen: ProductLists,
    mode: str,
    k: int,
) -> tuple[ProductLists, NDArray[np.float32]]:
    """Return the best products of each customer and their scores; see ``Model.rank``.

    Parameters
    ----------
    weighted
        The scorers of the mode and their weights; at least one.
    popularity
        Scores those who have bought nothing.
    customers
        int64 (n_customers,); customer indices.
    seen
        What each of them has bought.
    """
    parts = (twin.of_customers(customers).mul_(weight) for twin, weight in weighted)
    scores = next(parts)  # (n_customers, n_products)
    for part in parts:
        scores += part
    _leave_out(scores, mode, seen)
    strangers = np.flatnonzero(seen.lengths == 0)
    scores[torch.as_tensor(strangers)] = popularity.of_customers(strangers)
    return top_k_of_each(scores, k)


def _leave_out(scores: torch.Tensor, mode: str, seen: ProductLists) -> None:
    """Set to ``-inf`` what :func:`recommender.modes.eligible` says not to recommend."""
    bought = tuple(torch.as_tensor(of, device=scores.device) for of in (seen.rows(), seen.products))
    if mode == "discover":
        scores[bought] = -math.inf
    elif mode == "rebuy":
        kept = scores[bought]
        scores.fill_(-math.inf)
        scores[bought] = kept


def top_k_of_each(scores: torch.Tensor, k: int) -> tuple[ProductLists, NDArray[np.float32]]:
    """Return the best products of each customer and their scores.

    The same as :func:`recommender.ranking.top_k_of_each`: ties go to the lower product index.

    Parameters
    ----------
    scores
        float32 (n_customers, n_products); a product of score ``-inf`` is left out.
    k
        How many to return at most.

    Returns
    -------
    tuple
        The products of each customer, best first, and the score of each entry: float32
        (n_entries,).
    """
    values, products = scores.topk(min(k + 1, scores.shape[1]))  # (n_customers, k + 1)
    # topk takes any of the products tied at the end of a list; where some stay out, sort to tell.
    cut = ((values[:, k:] == values[:, k - 1 : k]) & (values[:, k:] > -math.inf)).any(1)
    if cut.any():
        products[cut] = scores[cut].sort(descending=True, stable=True).indices[:, : k + 1]
    products = products[:, :k].sort().values
    values, order = scores.gather(1, products).sort(descending=True, stable=True)
    kept = values > -math.inf
    lengths = kept.sum(1).cpu().numpy()
    ranked = products.gather(1, order)[kept].cpu().numpy()
    lists = ProductLists(ranked, np.concatenate([[0], np.cumsum(lengths)]))
    return lists, values[kept].cpu().numpy()
