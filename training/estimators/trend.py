"""Trend: what customers have lately begun to buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers import Popularity
from training.errors import DataError
from training.estimators.bounds import require_above_zero

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Dataset, Events

_SHARE = 0.01  # of the mean, that a product without any first purchase is taken to have


@dataclass(frozen=True)
class TrendEstimator:
    """Popularity with recency: first purchases, each fading with the days since.

    Repeated purchases do not count, so that it says what those who do not buy a product yet will
    begin to buy next. The score is the logarithm, standardised over the products.

    Parameters
    ----------
    days
        After how many days a first purchase has faded to 1/e.
    """

    name: ClassVar[str] = "trend"
    days: float = 30.0

    def __post_init__(self) -> None:
        require_above_zero(self, "days")

    def fit(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,  # noqa: ARG002  nothing is random here
        device: str = "cpu",  # noqa: ARG002  nor worth a GPU
        progress: bool = False,  # noqa: ARG002
    ) -> Popularity:
        """Count first purchases; see :class:`training.estimators.contract.Estimator`.

        Raises
        ------
        DataError
            If the data have no time.
        """
        if dataset.events is None:
            raise DataError("trend needs the time of purchases; name its column in data.time")
        products, days = _first_purchases(dataset.events)
        faded = np.bincount(products, np.exp(-days / self.days), dataset.n_products)
        logs = np.log(faded + max(_SHARE * faded.mean(), np.finfo(np.float64).tiny))
        spread = logs.std()
        return Popularity(((logs - logs.mean()) / (spread or 1)).astype(np.float32))


def _first_purchases(events: Events) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return product and days of each customer's first purchase of each product."""
    order = np.lexsort((-events.days, events.products, events.customers))
    customers, products = events.customers[order], events.products[order]
    is_first = np.ones(order.size, dtype=np.bool_)
    is_first[1:] = (np.diff(customers) != 0) | (np.diff(products) != 0)
    return products[is_first], events.days[order][is_first]
