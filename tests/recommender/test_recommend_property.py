"""Answers over random markets, questions and rules, beside an oracle in plain Python.

Scores are small whole numbers: sums are exact, and ties the rule.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.query import Query
from recommender.recommend import recommend
from recommender.rules import AppliedRules, Rules
from recommender.scorers import ItemItem, Popularity, Repeat
from recommender.vocabulary import Vocabulary

MODES = {
    "discover": {"goes-with": 2.0, "popularity": 1.0},
    "rebuy": {"repeat": 3.0, "popularity": 1.0},
    "mixed": {"goes-with": 1.0, "repeat": 2.0, "popularity": -1.0},
}
CATEGORIES = ("", "red", "blue")
LONG_EXAMPLES = 5_000


@dataclass
class Market:
    """Some customers and products."""

    bought: list[list[int]]  # by customer, ascending
    categories: list[str]  # by product
    weights: np.ndarray  # (n_products, n_products)
    popular: list[int]
    repeat: np.ndarray  # (n_customers, n_products)

    @property
    def model(self):
        indptr = np.cumsum([0, *(len(products) for products in self.bought)])
        products = np.array([p for row in self.bought for p in row], dtype=np.int32)
        ones, n = np.ones(products.size, dtype=np.float32), len(self.categories)
        in_hand = np.arange(n + 1), np.arange(n, dtype=np.int32), np.ones(n, dtype=np.float32)
        values = [self.repeat[c, p] for c, row in enumerate(self.bought) for p in row]
        return Model(
            Vocabulary(f"c{i}" for i in range(len(self.bought))),
            Catalogue([f"p{i}" for i in range(n)], [f"P {i}" for i in range(n)], self.categories),
            History(indptr, products, n),
            {
                "goes-with": ItemItem(
                    indptr, products, ones, *in_hand, self.weights.astype(np.float32)
                ),
                "popularity": Popularity(np.array(self.popular, dtype=np.float32)),
                "repeat": Repeat(
                    indptr, products, np.array(values, dtype=np.float32), np.array([n])
                ),
            },
            MODES,
        )


@st.composite
def markets(draw):
    n = draw(st.integers(2, 9))
    small = st.integers(-2, 3)
    bought = draw(st.lists(st.sets(st.integers(0, n - 1)).map(sorted), min_size=1, max_size=3))
    seed = draw(st.integers(0, 2**16))
    generator = np.random.default_rng(seed)
    return Market(
        bought,
        draw(st.lists(st.sampled_from(CATEGORIES), min_size=n, max_size=n)),
        generator.integers(-2, 4, (n, n)),
        draw(st.lists(small, min_size=n, max_size=n)),
        generator.integers(-2, 4, (len(bought), n)),
    )


product_ids = st.integers(0, 10).map(lambda i: f"p{i}")  # some that the catalogue lacks
lists = st.lists(product_ids, max_size=5).map(tuple)


def questions(market):
    categories = sorted(set(market.categories) - {""})
    return st.builds(
        Query,
        st.sampled_from([None, "nobody", *(f"c{i}" for i in range(len(market.bought)))]),
        k=st.integers(1, 6),
        mode=st.sampled_from(sorted(MODES)),
        categories=st.lists(st.sampled_from(categories), max_size=2).map(tuple)
        if categories
        else st.just(()),
        exclude=lists,
        basket=lists,
        candidates=st.none() | lists,
        explain=st.booleans(),
        explain_rules=st.booleans(),
    )


caps = st.none() | st.integers(1, 3)
rules = st.builds(
    Rules,
    exclude_products=lists,
    exclude_categories=st.lists(st.sampled_from(["red", "green"]), max_size=1).map(tuple),
    available_products=st.none() | st.lists(product_ids, max_size=9).map(tuple),
    max_per_category=caps,
    max_in_category=st.none()
    | st.dictionaries(st.sampled_from(["red", "green"]), caps, max_size=1).map(
        lambda single: {name: cap for name, cap in single.items() if cap}
    ),
)
cases = markets().flatmap(lambda market: st.tuples(st.just(market), questions(market), rules))


class Oracle:
    """What the answer to one question must be."""

    def __init__(self, market, query, rules):
        self.market, self.query, self.rules = market, query, rules
        n = len(market.categories)
        self.known = query.customer_id in {f"c{i}" for i in range(len(market.bought))}
        self.customer = int(query.customer_id[1:]) if self.known else None
        self.past = market.bought[self.customer] if self.known else []
        self.basket = sorted({int(p[1:]) for p in query.basket if int(p[1:]) < n})
        self.bought = {*self.past, *self.basket}
        scores = self.scores()
        self.ranking = sorted(
            (p for p in range(n) if self.asked_for(p)), key=lambda p: (-scores[p], p)
        )

    def scores(self):
        n = len(self.market.categories)
        if not self.past and not self.basket:
            return [float(value) for value in self.market.popular]
        weights = MODES[self.query.mode]
        if not self.past:
            return self.market.model.score_baskets([np.array(self.basket)], self.query.mode)[0]
        total = [0.0] * n
        for p in range(n):
            goes_with = sum(float(self.market.weights[b, p]) for b in [*self.past, *self.basket])
            repeat = float(self.market.repeat[self.customer, p]) if p in self.past else 0.0
            popular = float(self.market.popular[p])
            parts = {"goes-with": goes_with, "repeat": repeat, "popularity": popular}
            total[p] = sum(weight * parts[name] for name, weight in weights.items())
        return total

    def asked_for(self, p):
        query, allowed = self.query, True
        if self.bought and query.mode != "mixed":
            allowed = (p in self.bought) == (query.mode == "rebuy")
        if query.categories:
            allowed = allowed and self.market.categories[p] in query.categories
        if query.candidates is not None:
            allowed = allowed and f"p{p}" in query.candidates
        return allowed and f"p{p}" not in query.exclude

    def against(self, p):
        rules = self.rules
        if f"p{p}" in rules.exclude_products:
            yield "exclude_products"
        if self.market.categories[p] in rules.exclude_categories:
            yield "exclude_categories"
        if rules.available_products is not None and f"p{p}" not in rules.available_products:
            yield "available_products"

    def cap(self, p):
        category = self.market.categories[p]
        general = self.rules.max_per_category
        single = (self.rules.max_in_category or {}).get(category)
        return None if category == "" else single or general

    def answer(self, ignored=()):
        found, places = [], Counter()
        for p in self.ranking:
            category, cap = self.market.categories[p], self.cap(p)
            if set(self.against(p)) - set(ignored) or (cap and places[category] >= cap):
                continue
            if len(found) < self.query.k:
                found.append(p)
                places[category] += 1
        return found

    def unmet(self):
        if self.rules.available_products is None:
            return []
        everything = self.answer(ignored=["available_products"])
        return [p for p in everything if "available_products" in self.against(p)]

    def left_out(self):
        chosen, by_rule = self.answer(), {}
        for rank, p in enumerate(self.ranking[: self.query.k], start=1):
            if p in chosen:
                continue
            single = self.market.categories[p] in (self.rules.max_in_category or {})
            for rule in [*self.against(p)] or ["max_in_category" if single else "max_per_category"]:
                by_rule.setdefault(rule, []).append((f"p{p}", rank))
        return dict(sorted(by_rule.items()))


def check(case):
    market, query, rules = case
    model, oracle = market.model, Oracle(market, query, rules)
    [answer] = recommend(model, [query], AppliedRules(rules, model.catalogue))

    assert [item.product_id for item in answer.items] == [f"p{p}" for p in oracle.answer()]
    assert [item.rank for item in answer.items] == list(range(1, len(answer.items) + 1))
    scores = oracle.scores()
    assert [item.score for item in answer.items] == [scores[p] for p in oracle.answer()]
    assert answer.known == oracle.known
    assert list(answer.unmet) == [market.categories[p] for p in oracle.unmet()]
    if query.explain_rules:
        told = {
            rule.rule: [(item.product_id, item.rank) for item in rule.items]
            for rule in answer.rules
        }
        assert told == oracle.left_out()
    else:
        assert answer.rules is None
    assert (answer.explanation is not None) == query.explain


@given(cases)
@settings(max_examples=300, deadline=None)
def test_answers_are_those_of_the_oracle(case):
    check(case)


@pytest.mark.long
@given(cases)
@settings(max_examples=LONG_EXAMPLES, deadline=None)
def test_answers_are_those_of_the_oracle_many_times(case):
    check(case)


@given(
    markets().flatmap(lambda m: st.tuples(st.just(m), st.lists(questions(m), max_size=6), rules))
)
@settings(max_examples=100, deadline=None)
def test_together_answers_are_the_same_as_one_by_one(case):
    market, queries, rules = case
    model = market.model
    applied = AppliedRules(rules, model.catalogue)
    alone = [recommend(model, [query], applied)[0] for query in queries]
    assert recommend(model, queries, applied) == alone
