"""The model in memory: scores and ranks products for the customers that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from recommender.errors import ArtifactError
from recommender.modes import MODES, blend, blend_baskets, eligible
from recommender.ranking import top_k_of_each
from recommender.scorers import Popularity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from recommender.catalogue import Catalogue
    from recommender.history import History
    from recommender.product_lists import ProductLists
    from recommender.scorers import AnyScorer, Scorer
    from recommender.scorers_cuda import Twin
    from recommender.vocabulary import Vocabulary

FALLBACK = "popularity"


class Model:
    """What was learned, and whom and what it is about.

    Parameters
    ----------
    customers
        The known customers; row i of the history and of the scorers is customer i.
    catalogue
        The products.
    history
        Who has bought what.
    scorers
        The scorers by name; ``popularity`` must be among them.
    modes
        For each mode the weight of each scorer in its sum.
    device
        ``cpu``: numpy computes; otherwise the torch device of the scorers' twins, as ``cuda``.

    Raises
    ------
    ArtifactError
        If the parts do not fit together.
    """

    def __init__(
        self,
        customers: Vocabulary,
        catalogue: Catalogue,
        history: History,
        scorers: Mapping[str, AnyScorer],
        modes: Mapping[str, Mapping[str, float]],
        device: str = "cpu",
    ) -> None:
        self.customers = customers
        self.catalogue = catalogue
        self.history = history
        self.scorers = scorers
        self.modes = modes
        self._require_fit()
        self._device = device
        self._on_device = _on_device(scorers, device)
        self._of_baskets = {
            alone: {
                mode: _of_baskets(weights, scorers, alone=alone) for mode, weights in modes.items()
            }
            for alone in (True, False)
        }

    def score(self, customers: NDArray[np.int64], mode: str) -> NDArray[np.float32]:
        """Score every product for each customer; one without purchases gets popularity.

        Parameters
        ----------
        customers
            int64 (n_customers,); customer indices.

        Returns
        -------
        numpy.ndarray
            float32 (n_customers, n_products); higher is better, comparable only within a row.
        """
        scores = blend(self.modes[mode], self._on_device, customers)
        newcomers = self.history.sizes(customers) == 0
        if newcomers.any():
            scores[newcomers] = self.popularity()
        return scores

    def score_baskets(
        self, baskets: Sequence[NDArray[np.int64]], mode: str, *, alone: bool = True
    ) -> NDArray[np.float32]:
        """Score every product for each of some baskets.

        The scorers of the mode that need to know the customer are left out of its sum, and where
        the scores are added to a customer's, those that score everybody alike: they are counted
        there. Popularity stands in if none is left, see :meth:`can_score_baskets`.

        Parameters
        ----------
        baskets
            int64 (n_products_in_hand,) each; distinct product indices, at least one.
        alone
            Whether nothing but the basket is known of these people; if not, the scores are to be
            added to those of customers.

        Returns
        -------
        numpy.ndarray
            float32 (n_baskets, n_products); higher is better, comparable only within a row.
        """
        weights = self._of_baskets[alone][mode]
        scores = blend_baskets(weights, self._on_device, baskets, alone=alone)
        if scores is None:
            return np.repeat(self.popularity()[np.newaxis], len(baskets), axis=0)
        return scores

    def can_score_baskets(self, mode: str, *, alone: bool = True) -> bool:
        """Tell whether any scorer of a mode can score somebody by a basket; ``alone`` as above."""
        return bool(self._of_baskets[alone][mode])

    def popularity(self) -> NDArray[np.float32]:
        """Return the scores for somebody of whom nothing is known: float32 (n_products,)."""
        anybody = np.zeros(1, dtype=np.int64)
        scores: NDArray[np.float32] = self._on_device[FALLBACK].scores(anybody)[0]
        return scores

    def by_popularity(self, mode: str) -> Model:
        """Return the model that knows as much, and ranks by popularity alone in its one mode."""
        alone = {mode: {FALLBACK: 1.0}}
        return Model(self.customers, self.catalogue, self.history, self.scorers, alone)

    def eligible(self, customers: NDArray[np.int64], mode: str) -> NDArray[np.bool_]:
        """Return which products a mode may recommend: bool (n_customers, n_products)."""
        return eligible(mode, self.history.seen_of_each(customers), len(self.catalogue))

    def rank(
        self, customers: NDArray[np.int64], mode: str, k: int
    ) -> tuple[ProductLists, NDArray[np.float32]]:
        """Return the best products of each customer, best first, and their scores.

        Parameters
        ----------
        customers
            int64 (n_customers,); customer indices.
        k
            How many products at most.

        Returns
        -------
        tuple
            The products of each customer, and the score of each entry: float32 (n_entries,).
        """
        if self._device != "cpu":
            return self._rank_on_device(customers, mode, k)
        scores = self.score(customers, mode)
        best = top_k_of_each(scores, k, self.eligible(customers, mode))
        return best, scores[best.rows(), best.products]

    def _rank_on_device(
        self, customers: NDArray[np.int64], mode: str, k: int
    ) -> tuple[ProductLists, NDArray[np.float32]]:
        from recommender import ranking_cuda  # noqa: PLC0415  torch only where it computes

        twins = cast("Mapping[str, Twin]", self._on_device)
        weighted = [(twins[name], weight) for name, weight in self.modes[mode].items()]
        seen = self.history.seen_of_each(customers)
        return ranking_cuda.rank(weighted, twins[FALLBACK], customers, seen, mode, k)

    def _require_fit(self) -> None:
        if FALLBACK not in self.scorers:
            raise ArtifactError(
                f"no scorer {FALLBACK!r}, which answers for unknown customers; fit the model again"
            )
        for mode, weights in self.modes.items():
            if mode not in MODES or not weights or not weights.keys() <= self.scorers.keys():
                raise ArtifactError(
                    f"mode {mode!r} over {sorted(weights)} is not one of {', '.join(MODES)} over "
                    f"the scorers {', '.join(self.scorers)}; fit the model again"
                )
        shape = len(self.customers), len(self.catalogue)
        if (len(self.history), self.history.n_products) != shape:
            raise ArtifactError(f"the history is not of {shape} customers and products")
        for name, scorer in self.scorers.items():
            if scorer.shape[0] not in (None, shape[0]) or scorer.shape[1] != shape[1]:
                raise ArtifactError(
                    f"scorer {name!r} is for {scorer.shape} customers and products, not {shape}; "
                    "fit the model again"
                )


def _of_baskets(
    weights: Mapping[str, float], scorers: Mapping[str, AnyScorer], *, alone: bool
) -> dict[str, float]:
    """Return the weights of those scorers of a mode that have something to say of baskets."""
    return {
        name: weight
        for name, weight in weights.items()
        if scorers[name].basket_scores([]) is not None
        and (alone or not isinstance(scorers[name], Popularity))
    }


def _on_device(scorers: Mapping[str, AnyScorer], device: str) -> Mapping[str, Scorer]:
    if device == "cpu":
        return scorers
    from recommender.scorers_cuda import twin  # noqa: PLC0415  torch only where it computes

    return {name: twin(scorer, device) for name, scorer in scorers.items()}
