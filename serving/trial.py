"""The trial of a model before it is in service: questions of every kind, answered as for real.

The first answers read the arrays in and set the device up, so it is warm afterwards.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recommender.errors import ArtifactError, QueryError
from recommender.query import K_MAX, Query
from recommender.recommend import recommend
from recommender.similar import similar

if TYPE_CHECKING:
    from recommender.model import Model
    from recommender.rules import AppliedRules

_CUSTOMERS = 8  # at least, of as many as there are
_OTHERS = 3  # products, and categories


def require_answers(model: Model, rules: AppliedRules | None, name: str) -> None:
    """Ask a model, under rules; messages call it ``name``.

    Raises
    ------
    ArtifactError
        If a question cannot be answered, or an answer has a score that is no number.
    """
    for answer in recommend(model, _questions(model), rules):
        if isinstance(answer, QueryError):
            raise ArtifactError(f"{name} fails a trial: {answer}")
        if not all(math.isfinite(item.score) for item in answer.items):
            raise ArtifactError(
                f"{name} fails a trial: customer {answer.customer_id!r} in mode "
                f"{answer.mode!r} gets a score that is no number; fit the model again"
            )
    similar(model, model.catalogue.products[0], 1)  # finds out who bought what


def _questions(model: Model) -> list[Query]:
    """Return questions of customers and a stranger, narrowed, and with a basket, in every mode."""
    every = max(1, len(model.customers) // _CUSTOMERS)
    customers = [model.customers[row] for row in range(0, len(model.customers), every)]
    products = tuple(model.catalogue.products)[:_OTHERS]
    categories = tuple(filter(None, model.catalogue.categories))[:_OTHERS]
    return [
        query
        for mode in model.modes
        for query in (
            *(Query(customer, mode=mode) for customer in (*customers, None)),
            Query(None, mode=mode, categories=categories, exclude=products),
            Query(None, mode=mode, basket=products, k=K_MAX),
        )
    ]
