"""Several scorers, and the weights with which each mode sums them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import sparse

from recommender.metrics import match, recall
from recommender.model import FALLBACK
from recommender.modes import MODES
from recommender.product_lists import ProductLists
from recommender.ranking import top_k_of_each
from training.errors import ConfigError
from training.estimators import listwise, repeat
from training.estimators.ease import EaseEstimator
from training.estimators.features import log_counts
from training.estimators.pair_features import PairFeatures, horizon, pair_features
from training.estimators.popularity import PopularityEstimator
from training.estimators.softmax import SoftmaxEstimator
from training.estimators.spotlight import SpotlightEstimator
from training.estimators.trend import TrendEstimator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.scorers import AnyScorer, Repeat
    from training.dataset import Dataset
    from training.estimators.contract import Estimator

MEMBERS = ("ease", "softmax", "spotlight")
_REPEAT = "repeat"
_K = 30
_TREND_SHARES = (1.0, 0.5, 0.25, 0.1, 0.0)
_EARLIER = 2  # stretches of time, besides the held-out one
_MARGIN = 0.5  # standard errors by which a sum has to be above something simpler
_BATCH = 512  # customers scored at once


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What weights are learned from: what was known, and what turned out to be bought besides.

    Attributes
    ----------
    known : Dataset
    later : csr_matrix of float32 (n_customers, n_products)
    """

    known: Dataset
    later: sparse.csr_matrix[np.float32]


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

        def fitted(on: Dataset) -> _Fitted:
            estimators = self._estimators(on)
            scorers = {
                name: each.fit(on, seed=seed, device=device, progress=progress)
                for name, each in estimators.items()
            }
            return _Fitted(on, scorers)

        learner = fitted(held_out.known)
        final = learner if dataset is held_out.known else fitted(dataset)
        stretches = ((fitted(each.known), each.later) for each in _earlier(held_out))
        discover = _discover([(learner, held_out.later), *stretches], seed)
        if tuple(modes) == ("discover",):
            return Blended(final.scorers, {"discover": discover})
        later = held_out.later
        if dataset.events is not None and not _repeats(held_out.known, later).nnz:
            earlier, later = dataset.before(horizon(dataset.events))  # held out at random
            learner = fitted(earlier) if later.nnz else learner
        if dataset.events is None or not later.nnz:
            rebuy, repeated = {_REPEAT: 1.0}, repeat.scorer(log_counts(dataset.counts))
            mixed = discover | rebuy
        else:
            mixed, repeated = _mixed(learner, later, final, seed)
            rebuy = mixed
        weights = {"discover": discover, "rebuy": rebuy, "mixed": mixed}
        return Blended(final.scorers | {_REPEAT: repeated}, weights)

    def _estimators(self, dataset: Dataset) -> dict[str, Estimator]:
        members: dict[str, Estimator] = {name: getattr(self, name) for name in self.members}
        if dataset.events is not None:
            members |= {f"trend-{days:g}": TrendEstimator(days) for days in self.trends}
        return members


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Scorers that have learned from a data set."""

    dataset: Dataset
    scorers: dict[str, AnyScorer]

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return float32 (n_scorers, n_customers, n_products)."""
        return np.stack([scorer.scores(customers) for scorer in self.scorers.values()])

    def pairs(self, customers: NDArray[np.int64]) -> PairFeatures:
        """Describe every pair of some customers, in order, by each scorer's score too."""
        pairs = pair_features(self.dataset).of(customers)
        columns = np.empty((len(self.scorers), pairs.customers.size), np.float32)
        for start in range(0, customers.size, _BATCH):
            begin, end = np.searchsorted(pairs.customers, [start, start + _BATCH])
            where = pairs.customers[begin:end] - start, pairs.products[begin:end]
            columns[:, begin:end] = self.scores(customers[start : start + _BATCH])[:, *where]
        return pairs.with_columns(*columns)


def _earlier(held_out: HeldOut) -> Iterator[HeldOut]:
    """Yield earlier stretches of time as if they were held out; none of what is held out at random.

    One stretch misleads as to what is in season: trends are judged on several.
    """
    known = held_out.known
    if known.events is None or not _repeats(known, held_out.later).nnz:
        return
    days = horizon(known.events)
    for _ in range(_EARLIER):
        known, later = known.before(days)
        if not (known.counts.nnz and later.nnz):
            return
        yield HeldOut(known, later)


def _discover(
    stretches: Iterable[tuple[_Fitted, sparse.csr_matrix[np.float32]]], seed: int
) -> dict[str, float]:
    """Learn the weights of what was never bought; nothing to learn from leaves the first member.

    Parameters
    ----------
    stretches
        Scorers, and what was bought later than they know: weights are learned on the first, and
        chosen on all.
    """
    found: list[NDArray[np.float64]] = []
    for fitted, later in stretches:
        names = list(fitted.scorers)
        lists, popularity = _lists(fitted, later, seed)
        if not found:
            if not lists.wanted.size:
                return {names[0]: 1.0}
            candidates = _candidates(names, listwise.learn(lists).scorers)
        sums = (np.tensordot(each, lists.scores, axes=1) for each in candidates)
        found.append(np.stack([_recalls(each, lists) for each in (*sums, popularity)]))
    *recalls, popular = np.hstack(found)
    best = int(np.argmax([each.mean() for each in recalls]))
    if not _is_above(recalls[best], popular):
        return {FALLBACK: 1.0}
    if not _is_above(recalls[best], recalls[-len(names)]):
        return {names[0]: 1.0}
    chosen = zip(names, candidates[best].tolist(), strict=True)
    return {name: weight for name, weight in chosen if weight}


def _lists(
    fitted: _Fitted, later: sparse.csr_matrix[np.float32], seed: int
) -> tuple[listwise.Lists, NDArray[np.float32]]:
    """Return lists of what some customers had not bought before, and the scores of popularity."""
    new = sparse.csr_matrix(later - _repeats(fitted.dataset, later))
    new.eliminate_zeros()
    customers = listwise.sample(new, seed)
    lists = listwise.Lists(
        fitted.scores(customers),
        wanted=_dense(new, customers),
        allowed=~_dense(fitted.dataset.counts, customers),
    )
    return lists, PopularityEstimator().fit(fitted.dataset).scores(customers)


def _candidates(names: list[str], learned: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights to choose from: float32 (n_candidates, n_scorers), the last each scorer alone.

    Before them the learned ones; the same with less of the trends, which the loss weighs for the
    whole list and not for its head; and the members in equal shares.
    """
    is_trend = np.array([name.startswith(TrendEstimator.name) for name in names])
    damped = [np.where(is_trend, learned * share, learned) for share in _TREND_SHARES]
    return np.vstack([*damped, ~is_trend, np.eye(len(names))]).astype(np.float32)


def _recalls(scores: NDArray[np.float32], lists: listwise.Lists) -> NDArray[np.float64]:
    """Return each customer's recall at 30, or at a tenth of a small catalogue: (n_customers,)."""
    k = max(1, min(_K, scores.shape[1] // 10))
    ranked = top_k_of_each(scores, k, lists.allowed)
    wanted = sparse.csr_matrix(lists.wanted)
    hits = match(ranked, ProductLists(wanted.indices, wanted.indptr))
    return recall(hits, [k])[:, 0]


def _is_above(found: NDArray[np.float64], simpler: NDArray[np.float64]) -> bool:
    """Tell whether recalls are above those of something simpler, by some standard errors.

    The best of several found on the same customers flatters itself: Breiman et al.,
    "Classification and regression trees", 1984, choose the simplest within one standard error.
    That holds on to popularity where a few dozen customers cannot tell; half of one does not.
    """
    differences = found - simpler
    error = differences.std() / np.sqrt(differences.size)
    return bool(differences.mean() > _MARGIN * error)


def _repeats(known: Dataset, later: sparse.csr_matrix[np.float32]) -> sparse.csr_matrix[np.float32]:
    """Return what was bought later of what was bought before."""
    return sparse.csr_matrix(later.multiply(known.counts.astype(bool)))


def _mixed(
    learner: _Fitted, later: sparse.csr_matrix[np.float32], final: _Fitted, seed: int
) -> tuple[dict[str, float], Repeat]:
    """Learn the weights of everything, and with them what repeated purchases add."""
    customers = listwise.sample(later, seed)
    wanted = _dense(later, customers)
    lists = listwise.Lists(learner.scores(customers), wanted, np.ones_like(wanted))
    weights = listwise.learn(lists, learner.pairs(customers))
    mixed = dict(zip(learner.scorers, weights.scorers.tolist(), strict=True))
    pairs = final.pairs(np.arange(final.dataset.n_customers))
    rows = pairs.rows(pairs.matrix @ weights.pairs, final.dataset.counts.shape)
    return mixed | {_REPEAT: 1.0}, repeat.scorer(rows)


def _dense(
    matrix: sparse.csr_matrix[np.float32], customers: NDArray[np.int64]
) -> NDArray[np.bool_]:
    return sparse.csr_matrix(matrix[customers]).toarray() > 0
