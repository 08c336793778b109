"""What is maximized: recall on validation of what was learned from train."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from recommender.model import FALLBACK, Model
from training.estimators import PopularityEstimator
from training.evaluate import per_customer_recall, require_measurable
from training.fit import fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.scorers import AnyScorer
    from training.estimators import BlendEstimator, Estimator
    from training.prepared import Prepared
    from training.tuning.plan import Plan

MAX_CUSTOMERS = 5_000  # measured after a fit
_MAX_MEASURED_OFTEN = 500  # during a fit, so that it costs little beside it


class Objective:
    """Fits estimators on train and measures them on validation; test is never looked at.

    Of more than 5,000 customers with purchases in validation a random 5,000 are measured.

    Parameters
    ----------
    prepared
        With a validation part.
    plan
        What counts: `k`, `mode`, `seed`, `device`.

    Raises
    ------
    DataError
        If validation is empty.
    """

    def __init__(self, prepared: Prepared, plan: Plan) -> None:
        require_measurable(prepared, "validation")
        self._prepared, self._plan = prepared, plan
        held_out = prepared.matrix("validation")
        self._measured = sample(held_out, MAX_CUSTOMERS, plan.seed)
        self._measured_often = sample(self._measured, _MAX_MEASURED_OFTEN, plan.seed)
        self._known = fit(prepared, PopularityEstimator(), parts=("train",), progress=False)

    @property
    def n_customers(self) -> int:
        """How many customers are measured."""
        return int(np.count_nonzero(np.diff(self._measured.indptr)))

    def popularity(self) -> float:
        """Return what popularity reaches; recall, 0 to 1."""
        return self._recall(self._with({}, {FALLBACK: 1.0}), self._measured)

    def __call__(
        self,
        estimator: Estimator | BlendEstimator,
        report: Callable[[int, float], None] | None = None,
    ) -> float:
        """Return what an estimator reaches; recall, 0 to 1.

        Parameters
        ----------
        report
            Where the estimator has epochs, called after each tenth of them with how many tenths
            are done, 1 to 10, and the recall of a sample of customers: estimators that take few
            epochs and those that take many are compared when they are as far.

        Raises
        ------
        FitError
            If the fit fails.
        """
        has_epochs = "on_epoch" in inspect.signature(estimator.fit).parameters
        n_epochs = getattr(estimator, "n_epochs", 0)

        def on_epoch(epoch: int, scorer: AnyScorer) -> None:
            tenths = 10 * epoch // n_epochs
            if report is not None and tenths > 10 * (epoch - 1) // n_epochs:
                model = self._with({estimator.name: scorer}, {estimator.name: 1.0})
                report(tenths, self._recall(model, self._measured_often))

        model = fit(
            self._prepared,
            estimator,
            parts=("train",),
            modes=(self._plan.mode,),
            seed=self._plan.seed,
            device=self._plan.device,
            progress=False,
            on_epoch=on_epoch if has_epochs else None,
        )
        return self._recall(model, self._measured)

    def _with(self, scorers: dict[str, AnyScorer], weights: dict[str, float]) -> Model:
        known = self._known
        return Model(
            known.customers,
            known.catalogue,
            known.history,
            {**known.scorers, **scorers},
            {self._plan.mode: weights},
        )

    def _recall(self, model: Model, held_out: sparse.csr_matrix[np.float32]) -> float:
        plan = self._plan
        return float(per_customer_recall(model, held_out, plan.mode, [plan.k]).mean())


def sample(
    held_out: sparse.csr_matrix[np.float32], n_customers: int, seed: int
) -> sparse.csr_matrix[np.float32]:
    """Return the purchases of at most so many customers with any, chosen at random."""
    some = np.flatnonzero(np.diff(held_out.indptr))
    if some.size <= n_customers:
        return held_out
    kept = np.zeros(held_out.shape[0], np.float32)
    kept[np.random.default_rng(seed).choice(some, n_customers, replace=False)] = 1
    sampled = sparse.csr_matrix(sparse.diags(kept) @ held_out)
    sampled.eliminate_zeros()
    return sampled
