"""Models of random numbers, for sizes of which there are no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Factors, ItemItemTop, Popularity
from recommender.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from recommender.scorers import AnyScorer

SHAPES = {
    "factors-10k": ("factors", 10_000),
    "factors-100k": ("factors", 100_000),
    "top-100k": ("item_item_top", 100_000),
}
N_CUSTOMERS = 2_000
_BOUGHT, _DIM, _TOP, _CATEGORIES = 150, 64, 200, 300  # of a customer, factor, product, catalogue


def write(folder: Path, name: str) -> Path:
    """Write the model of one of :data:`SHAPES`; return its folder."""
    kind, n_products = SHAPES[name]
    rng = np.random.default_rng(0)
    history = _history(rng, n_products)
    scorers: dict[str, AnyScorer] = {
        "popularity": Popularity(rng.random(n_products, dtype=np.float32)),
        kind: _factors(rng, n_products) if kind == "factors" else _top(rng, history),
    }
    ids = [f"product-{row}" for row in range(n_products)]
    categories = [f"category {row % _CATEGORIES}" for row in range(n_products)]
    model = Model(
        customers=Vocabulary(f"customer-{row}" for row in range(N_CUSTOMERS)),
        catalogue=Catalogue(ids, [f"Product {row}" for row in range(n_products)], categories),
        history=history,
        scorers=scorers,
        modes={"discover": {kind: 1.0}},
    )
    artifact.write(folder, model, lineage={}, metrics={})
    return folder


def _history(rng: np.random.Generator, n_products: int) -> History:
    rows = [np.sort(rng.choice(n_products, _BOUGHT, replace=False)) for _ in range(N_CUSTOMERS)]
    indptr = np.arange(N_CUSTOMERS + 1) * _BOUGHT
    return History(indptr, np.concatenate(rows).astype(np.int32), n_products)


def _factors(rng: np.random.Generator, n_products: int) -> Factors:
    def normal(*shape: int) -> NDArray[np.float32]:
        return rng.standard_normal(shape, dtype=np.float32)

    return Factors(normal(N_CUSTOMERS, _DIM), normal(n_products, _DIM), normal(n_products))


def _top(rng: np.random.Generator, history: History) -> ItemItemTop:
    n_products = history.n_products
    n_pairs, n_weights = history.indices.size, n_products * _TOP
    return ItemItemTop(
        row_indptr=history.indptr,
        row_features=history.indices,
        row_values=np.ones(n_pairs, dtype=np.float32),
        basket_indptr=np.arange(n_products + 1),
        basket_features=np.arange(n_products, dtype=np.int32),
        basket_values=np.ones(n_products, dtype=np.float32),
        weight_indptr=np.arange(n_products + 1) * _TOP,
        weight_products=rng.integers(n_products, size=n_weights, dtype=np.int32),
        weight_values=rng.random(n_weights, dtype=np.float32),
    )
