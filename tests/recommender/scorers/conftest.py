"""One scorer of every kind, of the same customers and products.

Customer 2 has no entries, and no product in a basket stands for feature 12, a maker, alone.
"""

import numpy as np
import pytest

from recommender import scorers
from recommender.scorers import Factors, ItemItem, ItemItemTop, Popularity, Repeat

N_CUSTOMERS, N_PRODUCTS, N_FEATURES, EMBEDDING_DIM = 7, 11, 13, 4


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def rows(n_rows, n_columns, density=0.4, seed=0):
    """Compressed rows; the third is empty."""
    present = np.random.default_rng(seed).random((n_rows, n_columns)) < density
    present[2] = False
    columns = np.nonzero(present)[1].astype(np.int32)
    return np.concatenate([[0], np.cumsum(present.sum(axis=1))]), columns, random(columns.size)


def of_kind(kind):
    features = (*rows(N_CUSTOMERS, N_FEATURES), *rows(N_PRODUCTS, N_FEATURES, seed=1))
    return {
        "factors": lambda: Factors(
            random(N_CUSTOMERS, EMBEDDING_DIM),
            random(N_PRODUCTS, EMBEDDING_DIM),
            random(N_PRODUCTS),
            random(N_PRODUCTS, EMBEDDING_DIM),
        ),
        "item_item": lambda: ItemItem(*features, random(N_FEATURES, N_PRODUCTS)),
        "item_item_top": lambda: ItemItemTop(*features, *rows(N_FEATURES, N_PRODUCTS, seed=2)),
        "popularity": lambda: Popularity(random(N_PRODUCTS)),
        "repeat": lambda: Repeat(*rows(N_CUSTOMERS, N_PRODUCTS), np.array([N_PRODUCTS])),
    }[kind]()


@pytest.fixture(params=sorted(scorers.KINDS))
def scorer(request):
    return of_kind(request.param)
