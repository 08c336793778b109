"""Answering questions: from a :class:`Query` to an :class:`Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import CutOffError, ModeError, QueryError
from recommender.query import K_MAX, Answer, Item, Query
from recommender.ranking import top_k

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.model import Model


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A valid query in the model's terms: its customer's row, and the products it may return."""

    query: Query
    customer: int | None
    allowed: NDArray[np.bool_]  # (n_products,)


def recommend(model: Model, queries: Sequence[Query]) -> list[Answer | QueryError]:
    """Answer questions; all known customers of a mode are scored in one call.

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
        customer = None if query.customer_id is None else model.customers.row(query.customer_id)
        if customer is None:
            allowed = np.ones(len(model.catalogue), dtype=np.bool_)
        else:
            allowed = model.eligible(customer, query.mode)
        if query.categories:
            allowed &= model.catalogue.within(query.categories)
    except QueryError as error:
        return error
    excluded = [model.catalogue.products.row(product) for product in query.exclude]
    allowed[[row for row in excluded if row is not None]] = False
    return _Resolved(query, customer, allowed)


def _require_valid(model: Model, query: Query) -> None:
    if type(query.k) is not int or not 1 <= query.k <= K_MAX:
        raise CutOffError(f"k is {query.k!r}; it must be a whole number from 1 to {K_MAX}")
    if query.mode not in model.modes:
        raise ModeError(f"mode is {query.mode!r}; this model has {', '.join(model.modes)}")


def _scored(
    model: Model, asked: Sequence[_Resolved]
) -> Iterator[tuple[_Resolved, NDArray[np.float32]]]:
    """Yield each query with its customer's scores, one scoring call a mode."""
    for mode in model.modes:
        known = [item for item in asked if item.query.mode == mode and item.customer is not None]
        if known:
            customers = np.array([item.customer for item in known], dtype=np.int64)
            yield from zip(known, model.score(customers, mode), strict=True)
    for item in asked:
        if item.customer is None:
            yield item, model.popularity()


def _answer(model: Model, asked: _Resolved, scores: NDArray[np.float32]) -> Answer:
    query, customer, catalogue = asked.query, asked.customer, model.catalogue
    personal = customer is not None and model.history.seen(customer).size > 0
    best = top_k(scores, query.k, asked.allowed)
    ranked = zip(best.tolist(), scores[best].tolist(), strict=True)
    return Answer(
        customer_id=query.customer_id,
        known=customer is not None,
        mode=query.mode,
        k=query.k,
        strategy="personal" if personal else "popular",
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
