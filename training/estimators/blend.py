"""Several scorers, and the weights with which each mode sums them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.modes import MODES
from training.errors import ConfigError
from training.estimators import discover, listwise, repeat
from training.estimators.ease import EaseEstimator
from training.estimators.features import log_counts
from training.estimators.held_out import Fitted, dense, earlier, repeats
from training.estimators.pair_features import horizon
from training.estimators.softmax import SoftmaxEstimator
from training.estimators.spotlight import SpotlightEstimator
from training.estimators.trend import TrendEstimator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

    from recommender.scorers import AnyScorer, Repeat
    from training.dataset import Dataset
    from training.estimators.contract import Estimator
    from training.estimators.held_out import HeldOut

MEMBERS = ("ease", "softmax", "spotlight")
_REPEAT = "repeat"


@dataclass(frozen=True, eq=False)
class Blended:
    """Scorers by name, and for each mode the weight of each in its sum."""

    scorers: dict[str, AnyScorer]
    modes: dict[str, dict[str, float]]


@dataclass(frozen=True)
class BlendEstimator:
    """Members that score everything, trends, and repeat purchase, summed per mode.

    `discover` sums the members and the trends with weights learned listwise on held-out purchases
    of products not bought before; how much of the trends to take, and whether a scorer alone does
    better, is decided by the recall at 30 of the same purchases, and where these came later in time
    of two earlier stretches as long too. Popularity, or else the first
    member alone, is taken unless the best is above it by more than half a standard error.
    `mixed` learns its weights, and those of the features of repeated purchases, on all held-out
    purchases; the members' scores of a pair are among its features. `rebuy` ranks what was bought
    before by the same sum.

    Parameters
    ----------
    members
        Which of ``ease``, ``softmax`` and ``spotlight`` take part.
    trends
        Days of each trend; without a time in the data there is none.
    ease, softmax, spotlight
        Their parameters.
    """

    name: ClassVar[str] = "blend"
    members: tuple[str, ...] = ("ease",)
    trends: tuple[float, ...] = (10.0, 60.0)
    ease: EaseEstimator = field(default_factory=EaseEstimator)
    softmax: SoftmaxEstimator = field(default_factory=SoftmaxEstimator)
    spotlight: SpotlightEstimator = field(default_factory=SpotlightEstimator)

    def __post_init__(self) -> None:
        if not self.members or not set(self.members) <= set(MEMBERS):
            raise ConfigError(
                f"members = {list(self.members)} is not allowed; "
                f"name one or more of {', '.join(MEMBERS)}"
            )
        for days in self.trends:
            TrendEstimator(days)  # raises for what it does not allow

    def fit(
        self,
        dataset: Dataset,
        held_out: HeldOut,
        *,
        modes: Sequence[str] = MODES,
        seed: int,
        device: str,
        progress: bool = True,
    ) -> Blended:
        """Learn weights on what is held out, and scorers on the data set.

        Parameters
        ----------
        dataset
            What the scorers learn from; it may be ``held_out.known`` itself.
        modes
            ``discover`` alone takes the least time; any other brings them all.
        """

        def fitted(on: Dataset) -> Fitted:
            estimators = self._estimators(on)
            scorers = {
                name: each.fit(on, seed=seed, device=device, progress=progress)
                for name, each in estimators.items()
            }
            return Fitted(on, scorers)

        learner = fitted(held_out.known)
        final = learner if dataset is held_out.known else fitted(dataset)
        stretches = ((fitted(each.known), each.later) for each in earlier(held_out))
        new = discover.learn([(learner, held_out.later), *stretches], seed)
        if tuple(modes) == ("discover",):
            return Blended(final.scorers, {"discover": new})
        later = held_out.later
        if dataset.events is not None and not repeats(held_out.known, later).nnz:
            known, later = dataset.before(horizon(dataset.events))  # held out at random
            learner = fitted(known) if later.nnz else learner
        if dataset.events is None or not later.nnz:
            rebuy, repeated = {_REPEAT: 1.0}, repeat.scorer(log_counts(dataset.counts))
            mixed = new | rebuy
        else:
            mixed, repeated = _mixed(learner, later, final, seed)
            rebuy = mixed
        weights = {"discover": new, "rebuy": rebuy, "mixed": mixed}
        return Blended(final.scorers | {_REPEAT: repeated}, weights)

    def _estimators(self, dataset: Dataset) -> dict[str, Estimator]:
        members: dict[str, Estimator] = {name: getattr(self, name) for name in self.members}
        if dataset.events is not None:
            members |= {f"trend-{days:g}": TrendEstimator(days) for days in self.trends}
        return members


def _mixed(
    learner: Fitted, later: sparse.csr_matrix[np.float32], final: Fitted, seed: int
) -> tuple[dict[str, float], Repeat]:
    """Learn the weights of everything, and with them what repeated purchases add."""
    customers = listwise.sample(later, seed)
    wanted = dense(later, customers)
    lists = listwise.Lists(learner.scores(customers), wanted, np.ones_like(wanted))
    weights = listwise.learn(lists, learner.pairs(customers))
    mixed = dict(zip(learner.scorers, weights.scorers.tolist(), strict=True))
    pairs = final.pairs(np.arange(final.dataset.n_customers))
    rows = pairs.rows(pairs.matrix @ weights.pairs, final.dataset.counts.shape)
    return mixed | {_REPEAT: 1.0}, repeat.scorer(rows)
