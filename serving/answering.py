"""Asking the model in service, and counting what it was asked and how long it took."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from recommender.popular import popular
from recommender.recommend import recommend
from recommender.similar import similar
from serving.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.errors import QueryError
    from recommender.query import Answer, Item, Query
    from serving.schemas import ListQuery
    from serving.snapshot import Snapshot


def answers_to(queries: Sequence[Query], snapshot: Snapshot) -> list[Answer | QueryError]:
    """Return the answers in the order of the queries; an error is a value."""
    began = time.perf_counter()
    answers = recommend(snapshot.model, queries, snapshot.rules)
    METRICS.scored(time.perf_counter() - began, len(queries))
    METRICS.answers(answers)
    return answers


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
