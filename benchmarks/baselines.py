"""What a good model has to beat: popularity of late, one's own purchases, similar customers'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from recommender.scorers import Popularity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Dataset, Events


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores that are there already, in the form of a scorer: float32 (n_customers, n_products)."""

    values: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Customers and products."""
        return self.values.shape[0], self.values.shape[1]

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the rows of some customers: float32 (n_customers, n_products)."""
        return self.values[customers]

    def basket_scores(self, _: object) -> None:
        """Know nothing of baskets."""


def popularity(dataset: Dataset, days: float = np.inf) -> Popularity:
    """Count the distinct customers of each product in the last days; all days decide ties.

    Raises
    ------
    ValueError
        If days are given and the data have no time.
    """
    counts = dataset.counts
    everything = np.bincount(counts.indices, minlength=dataset.n_products)
    if days == np.inf:
        return Popularity(everything.astype(np.float32))
    events = _events(dataset)
    late = events.where(events.days < days).counts(counts.shape)
    recent = np.bincount(late.indices, minlength=dataset.n_products)
    return Popularity((recent + _below_one(everything)).astype(np.float32))


def own_frequency(dataset: Dataset) -> Scores:
    """Count in how many of the customer's own baskets a product was; popularity decides ties."""
    everything = np.bincount(dataset.counts.indices, minlength=dataset.n_products)
    return Scores((dataset.counts.toarray() + _below_one(everything)).astype(np.float32))


def tifu_knn(
    dataset: Dataset,
    *,
    group: int = 7,
    basket_decay: float = 0.9,
    group_decay: float = 0.7,
    k: int = 300,
    own: float = 0.7,
) -> Scores:
    """Score by the customer's own decaying frequencies and those of the nearest customers.

    Hu et al., "Modeling personalized item frequency information for next-basket recommendation",
    2020 (TIFU-KNN).

    Parameters
    ----------
    group
        Baskets in a group, counted from the latest.
    basket_decay, group_decay
        Weight of a basket within its group, and of a group, against the next later one.
    k
        Neighbours, by Euclidean distance.
    own
        Share of the customer's own frequencies; the rest is the neighbours'.

    Raises
    ------
    ValueError
        If the data have no time.
    """
    frequencies = _decayed(dataset, group, basket_decay, group_decay)
    n, products = frequencies.shape[0], (frequencies @ frequencies.T).toarray()
    squares = np.diag(products)
    distances = squares[:, np.newaxis] + squares - 2 * products
    np.fill_diagonal(distances, np.inf)
    k = min(k, n - 1)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    where = (np.repeat(np.arange(n), k), nearest.ravel())
    neighbours = sparse.csr_matrix((np.full(n * k, 1 / k), where), shape=(n, n))
    scores = own * frequencies + (1 - own) * (neighbours @ frequencies)
    return Scores(scores.toarray().astype(np.float32))


def _decayed(
    dataset: Dataset, group: int, basket_decay: float, group_decay: float
) -> sparse.csr_matrix:
    """Return each customer's mean over groups of the mean over their baskets, later ones more."""
    events = _events(dataset)
    order = np.lexsort((events.days, events.customers))  # the latest first
    customers, days = events.customers[order], events.days[order]
    starts = np.ones(order.size, dtype=np.bool_)  # of a customer, or of a basket
    starts[1:] = (np.diff(customers) != 0) | (np.diff(days) != 0)
    basket_of = np.cumsum(starts) - 1
    n_baskets = np.bincount(customers[starts], minlength=dataset.n_customers)
    first = np.concatenate([[0], np.cumsum(n_baskets)])[customers]
    place_of_group, place = np.divmod(basket_of - first, group)
    n_groups = -(-n_baskets[customers] // group)
    size = np.minimum(group, n_baskets[customers] - group * place_of_group)
    weights = group_decay**place_of_group * basket_decay**place / (size * n_groups)
    where = (customers, events.products[order])
    return sparse.csr_matrix((weights, where), shape=dataset.counts.shape)


def _below_one(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    below: NDArray[np.float64] = counts / (counts.max() + 1)
    return below


def _events(dataset: Dataset) -> Events:
    if dataset.events is None:
        raise ValueError("this baseline needs the time of purchases; name it in data.time")
    return dataset.events
