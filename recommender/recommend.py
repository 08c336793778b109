"""Answering questions: from a :class:`Query` to an :class:`Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import CutOffError, ModeError, QueryError
from recommender.modes import eligible
from recommender.product_lists import ProductLists
from recommender.query import K_MAX, Answer, Item, Query
from recommender.ranking import top_k

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.model import Model
    from recommender.query import Strategy
    from recommender.rules import AppliedRules


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A valid query in the model's terms: whom to score by what, and what may be returned."""

    query: Query
    known: bool
    customer: int | None  # None where no purchase is known
    basket: NDArray[np.int64]  # (n_products_in_hand,); empty where the mode cannot score one
    allowed: NDArray[np.bool_]  # (n_products,)

    @property
    def strategy(self) -> Strategy:
        if self.customer is not None:
            return "personal"
        return "basket" if self.basket.size else "popular"


def recommend(
    model: Model,
    queries: Sequence[Query],
    rules: AppliedRules | None = None,  # noqa: ARG001
) -> list[Answer | QueryError]:
    """Answer questions; of a mode all customers are scored in one call, so are all their baskets.

    A basket's scores are added to those of its customer's purchases. Of whom neither is known gets
    what is popular, in every mode.

    Returns
    -------
    list
        In the order of the queries. An error is a value: it spoils no other answer.
    """
    resolved = [_resolve(model, query) for query in queries]
    valid = [item for item in resolved if isinstance(item, _Resolved)]
    answers = {id(item): _answer(model, item, scores) for item, scores in _scored(model, valid)}
    return [item if isinstance(item, QueryError) else answers[id(item)] for item in resolved]


def _resolve(model: Model, query: Query) -> _Resolved | QueryError:
    try:
        _require_valid(model, query)
        within = model.catalogue.within(query.categories) if query.categories else True
    except QueryError as error:
        return error
    row = None if query.customer_id is None else model.customers.row(query.customer_id)
    basket = _product_rows(model, query.basket)
    seen = basket if row is None else np.union1d(model.history.seen(row), basket)
    allowed = eligible(query.mode, ProductLists.of([seen]), len(model.catalogue))[0] & within
    allowed[_product_rows(model, query.exclude)] = False
    bought = row is not None and model.history.seen(row).size > 0
    scored = basket if basket.size and model.can_score_baskets(query.mode) else basket[:0]
    return _Resolved(query, row is not None, row if bought else None, scored, allowed)


def _product_rows(model: Model, product_ids: Sequence[str]) -> NDArray[np.int64]:
    """Return the distinct rows of those products that the catalogue has."""
    rows = {model.catalogue.products.row(product_id) for product_id in product_ids}
    return np.array(sorted(row for row in rows if row is not None), dtype=np.int64)


def _require_valid(model: Model, query: Query) -> None:
    if type(query.k) is not int or not 1 <= query.k <= K_MAX:
        raise CutOffError(f"k is {query.k!r}; it must be a whole number from 1 to {K_MAX}")
    if query.mode not in model.modes:
        raise ModeError(f"mode is {query.mode!r}; this model has {', '.join(model.modes)}")


def _scored(
    model: Model, asked: Sequence[_Resolved]
) -> Iterator[tuple[_Resolved, NDArray[np.float32]]]:
    """Yield each query with its scores, at most three scoring calls a mode."""
    for mode in model.modes:
        of_mode = [item for item in asked if item.query.mode == mode]
        if of_mode:
            yield from zip(of_mode, _scores(model, of_mode, mode), strict=True)


def _scores(model: Model, asked: Sequence[_Resolved], mode: str) -> NDArray[np.float32]:
    """Return the scores of queries of one mode: float32 (n_queries, n_products)."""
    scores = np.zeros((len(asked), len(model.catalogue)), dtype=np.float32)
    customers = {row: item.customer for row, item in enumerate(asked) if item.customer is not None}
    baskets = {row: item.basket for row, item in enumerate(asked) if item.basket.size}
    if customers:
        scores[list(customers)] = model.score(np.array([*customers.values()]), mode)
    for alone in (False, True):
        rows = [row for row in baskets if (row not in customers) == alone]
        if rows:
            in_hand = [baskets[row] for row in rows]
            scores[rows] += model.score_baskets(in_hand, mode, alone=alone)
    strangers = [row for row in range(len(asked)) if row not in customers.keys() | baskets.keys()]
    if strangers:
        scores[strangers] = model.popularity()
    return scores


def _answer(model: Model, asked: _Resolved, scores: NDArray[np.float32]) -> Answer:
    query, catalogue = asked.query, model.catalogue
    best = top_k(scores, query.k, asked.allowed)
    ranked = zip(best.tolist(), scores[best].tolist(), strict=True)
    return Answer(
        customer_id=query.customer_id,
        known=asked.known,
        mode=query.mode,
        k=query.k,
        strategy=asked.strategy,
        items=tuple(
            Item(
                catalogue.products[product],
                catalogue.names[product],
                catalogue.category(product),
                rank,
                score,
            )
            for rank, (product, score) in enumerate(ranked, start=1)
        ),
    )
