"""Why products are recommended: what each product bought or in hand adds to a score.

An item-item scorer's score is a sum over the features of a customer's row, so the part of each of
them is exact. Factors, popularity and repeat purchases say nothing of this form.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from recommender.model import FALLBACK
from recommender.query import Explanation, Reason, ScoreParts
from recommender.ranking import top_k_of_each
from recommender.scorers import LinearScorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recommender.catalogue import Catalogue
    from recommender.model import Model

    Contributions = tuple[NDArray[np.int64], NDArray[np.float32]]

_REASONS = 3  # an item
_FEATURES = -1  # in the place of a product: of features that are none, and of what is usual


def explain(
    model: Model,
    mode: str,
    customer: int | None,
    basket: NDArray[np.int64],
    products: NDArray[np.int64],
    scores: NDArray[np.float32],
) -> tuple[list[tuple[Reason, ...]], Explanation]:
    """Return the reasons of each recommended product, and how far they go.

    Parameters
    ----------
    customer
        Whom the scores are of; None if no purchase is known.
    basket
        int64 (n_products_in_hand,); what else they are of. Neither: what is popular.
    products
        int64 (n,); product indices.
    scores
        float32 (n,); theirs.
    """
    weights = model.modes[mode]
    if customer is None and not basket.size:
        weights = {FALLBACK: 1.0}
    scorers = {name: model.scorers[name] for name in weights}
    linear = {name: scorer for name, scorer in scorers.items() if isinstance(scorer, LinearScorer)}
    found = [
        part
        for name, scorer in linear.items()
        for part in _contributions(scorer, weights[name], customer, basket, products)
    ]
    sources, added = _summed(found, products.size)
    others = tuple(name for name in weights if name not in linear)
    parts = _parts(sources, added, scores, complete=not others)
    reasons = _reasons(model.catalogue, sources, added)
    return reasons, Explanation(tuple(linear), others, parts)


def _parts(
    sources: NDArray[np.int64],
    added: NDArray[np.float32],
    scores: NDArray[np.float32],
    *,
    complete: bool,
) -> tuple[ScoreParts, ...]:
    """Return what each score is the sum of; of nothing else where contributions are complete."""
    is_product = sources != _FEATURES
    of_products, of_features = added[is_product].sum(axis=0), added[~is_product].sum(axis=0)
    others = np.zeros_like(scores) if complete else scores - of_products - of_features
    sums = (part.tolist() for part in (of_products, of_features, others))
    return tuple(ScoreParts(*parts) for parts in zip(*sums, strict=True))


def _contributions(
    scorer: LinearScorer,
    weight: float,
    customer: int | None,
    basket: NDArray[np.int64],
    products: NDArray[np.int64],
) -> Iterator[Contributions]:
    """Yield sources, int64 (n_sources,), and what they add: float32 (n_sources, n_products)."""
    n_products = scorer.shape[1]
    if customer is not None:
        row = scorer.of_customers(np.array([customer]))
        added = row.values[:, np.newaxis] * scorer.between(row.columns, products)
        yield np.where(row.columns < n_products, row.columns, _FEATURES), added * weight
    if basket.size:
        of_each = scorer.of_each_product(basket)
        scale = np.float32(weight)
        if customer is None:
            scale /= scorer.basket_scores([basket]).std() or 1  # as blend_baskets does
        added = of_each.values[:, np.newaxis] * scorer.between(of_each.columns, products)
        yield basket[of_each.owners()], added * scale
        if scorer.basket_start is not None:
            yield np.array([_FEATURES]), scorer.basket_start[np.newaxis, products] * scale


def _summed(found: list[Contributions], n_products: int) -> Contributions:
    """Return what each source adds in all, of whatever scorer and row."""
    if not found:
        return np.zeros(0, np.int64), np.zeros((0, n_products), np.float32)
    given, added = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(given, kind="stable")
    sources, starts = np.unique(given[order], return_index=True)
    if sources.size == 0:
        return sources, np.zeros((0, n_products), np.float32)
    return sources, np.add.reduceat(added[order], starts, axis=0)  # a tenth of np.add.at's time


def _reasons(
    catalogue: Catalogue, sources: NDArray[np.int64], added: NDArray[np.float32]
) -> list[tuple[Reason, ...]]:
    """Return the largest contributions above 0 to each product: ``added`` is by source, product."""
    is_product = sources != _FEATURES
    if not is_product.any():
        return [()] * added.shape[1]
    sources, to_each = sources[is_product], np.ascontiguousarray(added[is_product].T)
    largest = top_k_of_each(to_each, _REASONS, to_each > 0)
    ids, names = catalogue.products.ids, catalogue.names
    found = [
        Reason(ids[source], names[source], contribution)
        for source, contribution in zip(
            sources[largest.products].tolist(),
            to_each[largest.rows(), largest.products].tolist(),
            strict=True,
        )
    ]
    return [tuple(found[i:j]) for i, j in itertools.pairwise(largest.indptr.tolist())]
