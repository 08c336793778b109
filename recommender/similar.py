"""Products that are bought by the same customers, more often than chance would have it.

The measure is the standardised residual of a count, (observed - expected) / sqrt(expected): of the
customers who bought one product, how many bought the other, and how many would have if they were
no more inclined to it than all are. Their number alone and its cosine name what everybody buys,
whatever the product; the correlation and the cosine of factors name what hardly anybody buys. Brin,
Motwani and Silverstein, "Beyond market baskets: generalizing association rules to correlations",
1997. It needs who has bought what and no scorer, so every model has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import UnknownProductError
from recommender.query import require_cut_off
from recommender.ranking import OUT
from recommender.selection import Filters, choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.history import History
    from recommender.model import Model
    from recommender.query import Item
    from recommender.rules import AppliedRules

_PURCHASES = 2**18  # of a product's buyers, that are counted: a millisecond
_FEW = 1.0  # expected buyers, added: one who happened to buy both proves nothing


def similar(
    model: Model,
    product_id: str,
    k: int,
    *,
    categories: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rules: AppliedRules | None = None,
) -> tuple[Item, ...]:
    """Return the products that are bought with one, by the same customers, most beyond chance.

    There may be fewer than ``k``: those that chance explains are none. A score counts standard
    deviations.

    Parameters
    ----------
    k
        How many products at most, 1 to 500.
    categories
        Only products of these; empty for all.
    exclude
        Product ids to leave out.
    rules
        What may be recommended, applied to this model's catalogue.

    Raises
    ------
    UnknownProductError
        If the catalogue has no such product.
    CutOffError, CategoryError
        If ``k`` is out of bounds or a category unknown.
    """
    require_cut_off(k)
    catalogue = model.catalogue
    product = catalogue.products.row(product_id)
    if product is None:
        raise UnknownProductError(
            f"product {product_id!r} is not in the catalogue, which has {len(catalogue)}, such as "
            f"{catalogue.products[0]!r}"
        )
    filters = Filters([], [catalogue.rows(exclude)])
    if categories:
        filters.only.append(catalogue.within(categories))
    scores = filters.apply(similarities(model.history, product))
    best, _ = choose(scores, k, rules)
    return catalogue.items(best, scores[best])


def similarities(history: History, product: int) -> NDArray[np.float32]:
    """Return how similar every product is to one: float32 (n_products,), ``-inf`` if it is not.

    What very many customers have bought is judged by some of them, evenly spaced.
    """
    buyers = history.buyers(product)
    n_purchases = int(history.sizes(buyers).sum())
    step = max(1.0, n_purchases / _PURCHASES)
    buyers = buyers[np.arange(0, buyers.size, step).astype(np.int64)]
    rows = zip(history.indptr[buyers].tolist(), history.indptr[buyers + 1].tolist(), strict=True)
    bought = np.concatenate([history.indices[:0], *(history.indices[i:j] for i, j in rows)])
    together = np.bincount(bought, minlength=history.n_products)
    expected = history.n_buyers * (buyers.size / max(len(history), 1))
    residuals = (together - expected) / np.sqrt(expected + _FEW)
    residuals[product] = 0
    return np.where(residuals > 0, residuals, OUT).astype(np.float32)
