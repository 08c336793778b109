"""Products that are bought by the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.errors import UnknownProductError
from recommender.popular import popular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.model import Model
    from recommender.query import Item
    from recommender.rules import AppliedRules


def similar(
    model: Model,
    product_id: str,
    k: int,
    *,
    categories: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rules: AppliedRules | None = None,
) -> tuple[Item, ...]:
    """Return the products that are most similar to one.

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
    UnknownProductError
        If the catalogue has no such product.
    QueryError
        If ``k`` is out of bounds or a category unknown.
    """
    if model.catalogue.products.row(product_id) is None:
        raise UnknownProductError(
            f"product {product_id!r} is not in the catalogue, which has {len(model.catalogue)}"
        )
    return popular(model, k, categories=categories, exclude=(*exclude, product_id), rules=rules)
