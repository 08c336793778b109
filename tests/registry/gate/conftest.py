"""Small models that rank as they are told, and what their customers bought later."""

import json

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.modes import MODES
from recommender.product_lists import ProductLists
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary
from registry.gate import held_out, requirements


@pytest.fixture
def make_model():
    """Return a function that makes a model of an order of products, and of what customers bought.

    The order is everybody's, best first; popularity's, which who has bought nothing gets, is the
    reverse. Small letters are fruit.
    """

    def make(order="abcd", bought=None, modes=MODES):
        bought = bought or dict.fromkeys(("ana", "ben", "cleo"), order[-1])
        ids = sorted(order)
        worth = np.array([-order.index(product) for product in ids], dtype=np.float32)
        histories = [sorted(ids.index(product) for product in of) for of in bought.values()]
        history = ProductLists.of([np.array(of, dtype=np.int32) for of in histories])
        scorers = {
            "order": Factors(
                np.ones((len(bought), 1), np.float32),
                worth[:, np.newaxis],
                np.zeros(len(ids), np.float32),
            ),
            "popularity": Popularity(-worth),
        }
        return Model(
            Vocabulary(bought),
            Catalogue(ids, ids, ["fruit" if each.islower() else "" for each in ids]),
            History(history.indptr, history.products.astype(np.int32), len(ids)),
            scorers,
            {mode: {"order": 1.0} for mode in modes},
        )

    return make


@pytest.fixture
def purchases(tmp_path):
    """Return a function that writes and reads held-out purchases: purchases(ana="ab")."""

    def write(data=None, part=None, **of_each):
        path = tmp_path / "held-out.json"
        lists = {customer: list(products) for customer, products in of_each.items()}
        path.write_text(json.dumps({"data": data, "part": part, "purchases": lists}))
        return held_out.read(path)

    return write


@pytest.fixture
def ask(tmp_path):
    """Return a function that reads requirements from a text."""

    def read(text):
        path = tmp_path / "gate.toml"
        path.write_text(text)
        return requirements.read(path)

    return read
