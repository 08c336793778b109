import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.errors import CategoryError, CutOffError, UnknownProductError
from recommender.history import History
from recommender.model import Model
from recommender.rules import AppliedRules, Rules
from recommender.scorers import Popularity
from recommender.similar import similar, similarities
from recommender.vocabulary import Vocabulary

# Four buy bread; those with nappies buy wipes too, and one of the others does.
BASKETS = [["bread", "nappies", "wipes"], ["nappies", "wipes"], ["bread", "wipes"], ["bread"], []]
BASKETS += [["bread", "tea"]]
PRODUCTS = ["bread", "nappies", "tea", "wipes", "new"]


def history_of(baskets, n_products):
    indptr = np.cumsum([0, *(len(basket) for basket in baskets)])
    return History(indptr, np.array([p for row in baskets for p in row], np.int32), n_products)


@pytest.fixture
def market():
    rows = [sorted(PRODUCTS.index(name) for name in basket) for basket in BASKETS]
    return Model(
        Vocabulary(f"c{i}" for i in range(len(BASKETS))),
        Catalogue(PRODUCTS, PRODUCTS, ["food", "baby", "food", "baby", "baby"]),
        history_of(rows, len(PRODUCTS)),
        {"popularity": Popularity(np.array([4, 2, 1, 3, 0], dtype=np.float32))},
        {"discover": {"popularity": 1.0}},
    )


def ids(items):
    return [item.product_id for item in items]


def test_similar_is_what_the_same_customers_buy_beyond_chance(market):
    items = similar(market, "nappies", 5)
    # Of 2 buyers of nappies 2 bought wipes, where 3 of 6 do; 1 bought bread, where 4 of 6 do.
    assert ids(items) == ["wipes"]
    assert items[0].score == pytest.approx((2 - 1) / np.sqrt(1 + 1))
    assert (items[0].name, items[0].category, items[0].rank) == ("wipes", "baby", 1)
    assert ids(similar(market, "bread", 5)) == ["tea"]


def test_a_product_that_nobody_bought_is_like_none(market):
    assert similar(market, "new", 5) == ()


def test_filters_and_rules_hold(market):
    assert similar(market, "nappies", 5, categories=["food"]) == ()
    assert similar(market, "nappies", 5, exclude=["wipes", "no product"]) == ()
    rules = AppliedRules(Rules(exclude_products=("wipes",)), market.catalogue)
    assert similar(market, "nappies", 5, rules=rules) == ()


def test_what_cannot_be_asked_is_told(market):
    with pytest.raises(UnknownProductError, match="'beer' is not in the catalogue, which has 5"):
        similar(market, "beer", 5)
    with pytest.raises(CutOffError):
        similar(market, "bread", 0)
    with pytest.raises(CategoryError):
        similar(market, "bread", 5, categories=["toys"])


def test_it_equals_a_count_of_every_pair():
    generator = np.random.default_rng(0)
    table = generator.random((40, 12)) < generator.random(12)
    history = history_of([np.flatnonzero(row).tolist() for row in table], 12)
    for product in range(12):
        together = (table[:, [product]] & table).sum(axis=0)
        expected = table.sum(axis=0) * table[:, product].mean()
        residuals = (together - expected) / np.sqrt(expected + 1)
        residuals[(residuals <= 0) | (np.arange(12) == product)] = -np.inf
        np.testing.assert_allclose(similarities(history, product), residuals, rtol=1e-6)


def test_of_very_many_buyers_some_are_asked(monkeypatch):
    generator = np.random.default_rng(0)
    twins = generator.random(4000) < 0.5  # 0 and 1 are bought by the same, 2 to 5 by chance
    table = np.column_stack([twins, twins, generator.random((4000, 4)) < 0.5])
    history = history_of([np.flatnonzero(row).tolist() for row in table], 6)
    every = similarities(history, 0)
    monkeypatch.setattr("recommender.similar._PURCHASES", 1000)
    some = similarities(history, 0)
    assert every[1] > 25
    assert 5 < some[1] < 20  # the same excess, of fewer
    assert np.argmax(some) == 1
