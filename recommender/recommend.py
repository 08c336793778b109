"""Answering questions: from a :class:`Query` to an :class:`Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender import modes
from recommender.errors import ModeError, QueryError
from recommender.explanation import explain
from recommender.left_out import left_out
from recommender.query import Answer, Query, require_cut_off
from recommender.selection import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.model import Model
    from recommender.query import Strategy
    from recommender.rules import AppliedRules
    from recommender.selection import Filters

_NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class _Resolved:
    """A valid query in the model's terms: whom to score by what, and what may be returned."""

    query: Query
    known: bool
    customer: int | None  # None where no purchase is known
    basket: NDArray[np.int64]  # (n_products_in_hand,); empty where the mode cannot score one
    filters: Filters

    @property
    def strategy(self) -> Strategy:
        if self.customer is not None:
            return "personal"
        return "basket" if self.basket.size else "popular"


def recommend(
    model: Model, queries: Sequence[Query], rules: AppliedRules | None = None
) -> list[Answer | QueryError]:
    """Answer questions; of a mode all customers are scored in one call, so are all their baskets.

    A basket's scores are added to those of its customer's purchases. Of whom neither is known gets
    what is popular, in every mode.

    Parameters
    ----------
    rules
        What may be recommended, applied to this model's catalogue.

    Returns
    -------
    list
        In the order of the queries. An error is a value: it spoils no other answer.
    """
    answers: dict[int, Answer | QueryError] = {}
    by_mode: dict[str, dict[int, _Resolved]] = {}
    for place, query in enumerate(queries):
        try:
            resolved = _resolve(model, query)
        except QueryError as error:
            answers[place] = error
        else:
            by_mode.setdefault(query.mode, {})[place] = resolved
    for mode, asked in by_mode.items():
        scored = zip(asked.items(), _scores(model, [*asked.values()], mode), strict=True)
        for (place, resolved), scores in scored:
            answers[place] = _answer(model, resolved, scores, rules)
    return [answers[place] for place in range(len(queries))]


def _resolve(model: Model, query: Query) -> _Resolved:
    """Return the query in the model's terms.

    Raises
    ------
    QueryError
        If the model cannot answer it.
    """
    _require_valid(model, query)
    catalogue = model.catalogue
    row = None if query.customer_id is None else model.customers.row(query.customer_id)
    bought = _NOTHING if row is None else model.history.seen(row)
    basket = catalogue.rows(query.basket) if query.basket else _NOTHING
    filters = modes.filters(query.mode, [bought, basket])
    if query.categories:
        filters.only.append(catalogue.within(query.categories))
    if query.candidates is not None:
        filters.only.append(catalogue.rows(query.candidates))
    if query.exclude:
        filters.without.append(catalogue.rows(query.exclude))
    customer = row if bought.size else None
    if basket.size and not model.can_score_baskets(query.mode, alone=customer is None):
        basket = _NOTHING
    return _Resolved(query, row is not None, customer, basket, filters)


def _require_valid(model: Model, query: Query) -> None:
    require_cut_off(query.k)
    if query.mode not in model.modes:
        raise ModeError(f"mode is {query.mode!r}; this model has {', '.join(model.modes)}")


def _scores(model: Model, asked: Sequence[_Resolved], mode: str) -> list[NDArray[np.float32]]:
    """Return the scores of each query of one mode, float32 (n_products,): theirs to change."""
    scores: list[NDArray[np.float32] | None] = [None] * len(asked)
    known = [place for place, one in enumerate(asked) if one.customer is not None]
    if known:
        customers = np.array([asked[place].customer for place in known])
        for place, row in zip(known, model.score(customers, mode), strict=True):
            scores[place] = row
    for alone in (False, True):
        some = [
            place
            for place, one in enumerate(asked)
            if one.basket.size and (one.customer is None) == alone
        ]
        if some:
            baskets = [asked[place].basket for place in some]
            of_each = model.score_baskets(baskets, mode, alone=alone)
            for place, row in zip(some, of_each, strict=True):
                before = scores[place]
                scores[place] = row if before is None else before + row
    return [model.popularity() if row is None else row for row in scores]


def _answer(
    model: Model, asked: _Resolved, scores: NDArray[np.float32], rules: AppliedRules | None
) -> Answer:
    query, catalogue = asked.query, model.catalogue
    scores = asked.filters.apply(scores)
    unruled = scores.copy() if query.explain_rules else scores
    best, unmet = choose(scores, query.k, rules)
    answer = Answer(
        query.customer_id,
        asked.known,
        query.mode,
        query.k,
        asked.strategy,
        catalogue.items(best, scores[best]),
    )
    if unmet.size:
        categories = catalogue.categories
        answer.unmet = tuple(categories[row] for row in catalogue.category_index[unmet])
    if query.explain_rules:
        answer.rules = left_out(unruled, query.k, best, rules, catalogue) if rules else ()
    if query.explain:
        _explain(model, asked, answer, best, scores[best])
    return answer


def _explain(
    model: Model,
    asked: _Resolved,
    answer: Answer,
    products: NDArray[np.int64],
    scores: NDArray[np.float32],
) -> None:
    mode = asked.query.mode
    reasons, answer.explanation = explain(
        model, mode, asked.customer, asked.basket, products, scores
    )
    for item, of_item in zip(answer.items, reasons, strict=True):
        item.reasons = of_item
