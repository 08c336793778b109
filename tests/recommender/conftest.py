"""A model small enough to check by hand.

Three products of drinks, two of bread; customer "ana" bought cola and rye, "bo" everything,
"cy" nothing yet.
"""

from dataclasses import replace

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import (
    Factors,
    ItemItem,
    ItemItemFactors,
    ItemItemTop,
    Popularity,
    Repeat,
)
from recommender.vocabulary import Vocabulary

N_CUSTOMERS, N_PRODUCTS, N_FEATURES, EMBEDDING_DIM = 7, 11, 13, 4


@pytest.fixture
def catalogue():
    return Catalogue(
        ["cola", "rye", "tea", "bun", "milk"],
        ["Cola 1 l", "Rye bread", "Green tea", "Bun", "Milk"],
        ["drinks", "bread", "drinks", "bread", "drinks"],
    )


@pytest.fixture
def model(catalogue):
    return Model(
        customers=Vocabulary(["ana", "bo", "cy"]),
        catalogue=catalogue,
        history=History(
            np.array([0, 2, 7, 7]), np.array([0, 1, 0, 1, 2, 3, 4], dtype=np.int32), n_products=5
        ),
        scorers={
            "factors": Factors(
                np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32),
                np.array([[5, 0], [4, 0], [3, 1], [2, 1], [1, 1]], dtype=np.float32),
                np.array([0, 0, 0, 0, 9], dtype=np.float32),
            ),
            "popularity": Popularity(np.array([2, 3, 1, 1, 1], dtype=np.float32)),
        },
        modes={
            "discover": {"factors": 1.0},
            "rebuy": {"popularity": 1.0},
            "mixed": {"factors": 0.5, "popularity": 2.0},
        },
    )


@pytest.fixture
def with_encodings(model):
    """The model, able to score baskets by its factors too."""
    encodings = np.array([[1, 0], [1, 0], [0, 2], [0, 2], [0, 8]], dtype=np.float32)
    factors = replace(model.scorers["factors"], product_encodings=encodings)
    scorers = {**model.scorers, "factors": factors}
    return Model(model.customers, model.catalogue, model.history, scorers, model.modes)


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def rows(n_rows, n_columns, density=0.4, seed=0):
    """Compressed rows; the third is empty."""
    present = np.random.default_rng(seed).random((n_rows, n_columns)) < density
    present[2] = False
    columns = np.nonzero(present)[1].astype(np.int32)
    return np.concatenate([[0], np.cumsum(present.sum(axis=1))]), columns, random(columns.size)


def item_item_factors(features):
    """A scorer whose customers' factors are those of their rows, as a fit makes it."""
    nobody = np.zeros((N_CUSTOMERS, EMBEDDING_DIM), dtype=np.float32)
    factors = random(N_FEATURES, EMBEDDING_DIM), random(N_PRODUCTS, EMBEDDING_DIM)
    empty = ItemItemFactors(*features, *factors, nobody)
    customers = empty.row_factors(empty.of_customers(np.arange(N_CUSTOMERS)))
    return ItemItemFactors(*features, *factors, customers, basket_start=random(N_PRODUCTS))


@pytest.fixture
def every_kind():
    """One scorer of every kind, of the same customers and products; customer 2 has no entries."""
    features = (*rows(N_CUSTOMERS, N_FEATURES), *rows(N_PRODUCTS, N_FEATURES, seed=1))
    every = (
        Factors(
            random(N_CUSTOMERS, EMBEDDING_DIM),
            random(N_PRODUCTS, EMBEDDING_DIM),
            random(N_PRODUCTS),
            random(N_PRODUCTS, EMBEDDING_DIM),
        ),
        ItemItem(*features, random(N_FEATURES, N_PRODUCTS), basket_start=random(N_PRODUCTS)),
        item_item_factors(features),
        ItemItemTop(
            *features, *rows(N_FEATURES, N_PRODUCTS, seed=2), basket_start=random(N_PRODUCTS)
        ),
        Popularity(random(N_PRODUCTS)),
        Repeat(*rows(N_CUSTOMERS, N_PRODUCTS), np.array([N_PRODUCTS])),
    )
    return {scorer.kind: scorer for scorer in every}
