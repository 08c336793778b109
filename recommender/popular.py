"""What most customers buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.errors import QueryError
from recommender.query import Query
from recommender.recommend import recommend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.model import Model
    from recommender.query import Item
    from recommender.rules import AppliedRules


def popular(
    model: Model,
    k: int,
    *,
    categories: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rules: AppliedRules | None = None,
) -> tuple[Item, ...]:
    """Return what somebody of whom nothing is known is recommended.

    Parameters
    ----------
    k
        How many products at most, 1 to 500.
    categories
        Only products of these; empty for all.
    exclude
        Product ids to leave out.

    Raises
    ------
    QueryError
        If ``k`` is out of bounds or a category unknown.
    """
    mode = next(iter(model.modes))  # any: nobody's purchases are the same in each
    query = Query(None, k, mode, tuple(categories), tuple(exclude))
    [answer] = recommend(model, [query], rules)
    if isinstance(answer, QueryError):
        raise answer
    return answer.items
