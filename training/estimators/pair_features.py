"""What is known of a product that a customer has bought: how often, when, how it is rebought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from training.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Dataset, Events

FREQUENCY = 5
"""The feature that counts purchases."""

_FADING = (7.0, 20.0, 60.0, 180.0)  # days in which a purchase fades to 1/e
_HORIZON = 0.1  # of the period: what counts as bought again
_PRIOR = 5.0  # customers' worth of the mean rate of repurchase


@dataclass(frozen=True, eq=False)
class PairFeatures:
    """Features of each (customer, product) bought before, sorted by both.

    Attributes
    ----------
    customers, products
        int64 (n_pairs,); indices.
    matrix
        float32 (n_pairs, n_features); the first is 1.
    """

    customers: NDArray[np.int64]
    products: NDArray[np.int64]
    matrix: NDArray[np.float32]

    def with_columns(self, *columns: NDArray[np.float32]) -> PairFeatures:
        """Return the features with further columns, each float32 (n_pairs,)."""
        return PairFeatures(self.customers, self.products, np.column_stack([self.matrix, *columns]))

    def rows(
        self, values: NDArray[np.float32], shape: tuple[int, int]
    ) -> sparse.csr_matrix[np.float32]:
        """Return one value a pair as rows of customers over products."""
        where = (self.customers, self.products)
        return sparse.csr_matrix((values.astype(np.float32), where), shape=shape)

    def of(self, customers: NDArray[np.int64]) -> PairFeatures:
        """Return the pairs of some customers, by their places in ``customers``, which ascend."""
        kept = np.isin(self.customers, customers)
        places = np.searchsorted(customers, self.customers[kept])
        return PairFeatures(places, self.products[kept], self.matrix[kept])


def horizon(events: Events) -> float:
    """Return for how many days ahead repurchase is judged: a tenth of the period."""
    return _HORIZON * float(events.days.max())


def pair_features(dataset: Dataset) -> PairFeatures:
    """Describe every pair by frequency, recency, inter-purchase time and rate of repurchase.

    Raises
    ------
    DataError
        If the data have no time.
    """
    if dataset.events is None:
        raise DataError("repeat needs the time of purchases; name its column in data.time")
    events = dataset.events
    keys = events.customers.astype(np.int64) * dataset.n_products + events.products
    order = np.lexsort((-events.days, keys))
    keys, days = keys[order], events.days[order].astype(np.float64)
    pairs, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    customers, products = np.divmod(pairs, dataset.n_products)
    first, last = days[starts], days[starts + counts - 1]
    faded = [np.log1p(np.add.reduceat(np.exp(-days / span), starts)) for span in _FADING]
    often, due = np.log1p(counts), _overdue(first, last, counts)
    again = _repurchase(dataset, horizon(events))[products]
    activity = _activity(events, dataset.n_customers)[customers]
    columns = [np.ones(pairs.size), *faded, often, np.log1p(last), counts == 1, due, due**2]
    columns += [again, activity, often * again, faded[2] * again, faded[2] ** 2, faded[3] ** 2]
    return PairFeatures(customers, products, np.column_stack(columns).astype(np.float32))


def _overdue(
    first: NDArray[np.float64], last: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the log ratio of the days since the last purchase to the usual days between two.

    A product bought once is taken to be usual for once in the time since then, doubled.
    """
    usual = np.where(counts > 1, (first - last) / np.maximum(counts - 1, 1), 2 * first)
    return np.log1p(last) - np.log1p(usual)


def _repurchase(dataset: Dataset, days: float) -> NDArray[np.float64]:
    """Return the log odds that a product's customer buys it again within some days."""
    earlier, late = dataset.before(days)
    again = sparse.csr_matrix(late.multiply(earlier.counts.astype(bool)))
    n_bought, n_again = (
        np.bincount(matrix.indices, minlength=dataset.n_products)
        for matrix in (earlier.counts, again)
    )
    mean = (n_again.sum() + 1) / (n_bought.sum() + 2)
    rate = (n_again + _PRIOR * mean) / (n_bought + _PRIOR)
    log_odds: NDArray[np.float64] = np.log(rate / (1 - rate))
    return log_odds


def _activity(events: Events, n_customers: int) -> NDArray[np.float64]:
    """Return the log of how much each customer has bought lately."""
    faded = np.exp(-events.days.astype(np.float64) / _FADING[2])
    return np.log1p(np.bincount(events.customers, faded, n_customers))
