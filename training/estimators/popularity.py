"""Popularity: what most customers buy, the answer for strangers and the yardstick for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers import Popularity

if TYPE_CHECKING:
    from training.dataset import Dataset


@dataclass(frozen=True)
class PopularityEstimator:
    """The number of distinct customers who bought each product."""

    name: ClassVar[str] = "popularity"

    def fit(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,  # noqa: ARG002  nothing is random here
        device: str = "cpu",  # noqa: ARG002  nor worth a GPU
        progress: bool = False,  # noqa: ARG002
    ) -> Popularity:
        """Count customers; see :class:`training.estimators.contract.Estimator`."""
        customers = np.bincount(dataset.counts.indices, minlength=dataset.n_products)
        return Popularity(customers.astype(np.float32))
