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
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary


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
