"""Asking the model in service, and counting what it was asked and how long it took.

While a call scores, nothing else is answered: :func:`parts` divides what is asked into calls.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from recommender.popular import popular
from recommender.query import K_MAX
from recommender.recommend import recommend
from recommender.similar import similar
from serving.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recommender.model import Model
    from recommender.query import Answer, Item, Query
    from serving.schemas import ListQuery
    from serving.snapshot import Snapshot

T = TypeVar("T", bound="Query | Exception")

# What a query weighs is how many scores of products take as long.
WEIGHT_MAX = 2_000_000  # in one call: 35 ms of a CPU
_QUERY = 20_000  # at least: 100 in a call
_VALUE = 40  # a product of an answer, or an id in a list
_CONTRIBUTION = 4  # what one product adds to the score of another, which an explanation looks at


def parts(asked: Sequence[T], snapshot: Snapshot) -> Iterator[list[T]]:
    """Yield what may be answered in one call each, in their order, errors among it."""
    part: list[T] = []
    weight = 0
    for query in asked:
        of_query = _QUERY if isinstance(query, Exception) else _weight(query, snapshot.model)
        if part and weight + of_query > WEIGHT_MAX:
            yield part
            part, weight = [], 0
        part.append(query)
        weight += of_query
    if part:
        yield part


def _weight(query: Query, model: Model) -> int:
    k = query.k if 1 <= query.k <= K_MAX else 0  # else it is refused
    n_ids = len(query.basket) + len(query.exclude) + len(query.candidates or ())
    weight = max(_QUERY, len(model.catalogue) + _VALUE * (k + n_ids))
    if query.explain:
        row = None if query.customer_id is None else model.customers.row(query.customer_id)
        n_bought = 0 if row is None else int(model.history.sizes(np.array([row]))[0])
        weight += _CONTRIBUTION * k * (n_bought + len(query.basket))
    return weight


def answers_to(queries: Sequence[Query], snapshot: Snapshot) -> list[Answer | Exception]:
    """Return the answers in the order of the queries; an error is a value.

    So is a fault: whatever goes wrong with one query is nobody else's.
    """
    began = time.perf_counter()
    answers = _isolated(queries, snapshot)
    METRICS.scored(time.perf_counter() - began, len(queries))
    METRICS.answers(answers)
    return answers


def _isolated(queries: Sequence[Query], snapshot: Snapshot) -> list[Answer | Exception]:
    try:
        return [*recommend(snapshot.model, queries, snapshot.rules)]
    except Exception as fault:  # noqa: BLE001  it is told where the query was asked
        if len(queries) == 1:
            return [fault]
    # Whose fault it is shows when each is asked alone.
    return [answer for query in queries for answer in _isolated([query], snapshot)]


def popular_products(query: ListQuery, snapshot: Snapshot) -> tuple[Item, ...]:
    """Return what most customers buy.

    Raises
    ------
    QueryError
        If ``k`` is out of bounds or a category unknown.
    """
    return popular(
        snapshot.model,
        query.k,
        categories=query.categories,
        exclude=query.exclude,
        rules=snapshot.rules,
    )


def similar_products(product_id: str, query: ListQuery, snapshot: Snapshot) -> tuple[Item, ...]:
    """Return the products most similar to one.

    Raises
    ------
    UnknownProductError
        If the catalogue has no such product.
    QueryError
        If ``k`` is out of bounds or a category unknown.
    """
    return similar(
        snapshot.model,
        product_id,
        query.k,
        categories=query.categories,
        exclude=query.exclude,
        rules=snapshot.rules,
    )
