from collections import Counter

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.rules import AppliedRules, Rules
from recommender.selection import Filters, choose

OUT = -np.inf


def test_filters_leave_what_all_of_them_allow():
    scores = np.arange(5, dtype=np.float32)
    only = [np.array([4, 1, 1]), np.array([1, 2, 4])]
    assert Filters(only, [np.array([4]), np.array([0])]).apply(scores).tolist() == [
        OUT, 1, OUT, OUT, OUT,
    ]  # fmt: skip
    assert Filters([], []).apply(scores).tolist() == [0, 1, 2, 3, 4]
    assert Filters([np.zeros(0, dtype=int)], []).apply(scores).tolist() == [OUT] * 5


def greedy(scores, categories, caps, k):
    found, places = [], Counter()
    for product in sorted(range(len(scores)), key=lambda p: (-scores[p], p)):
        category = categories[product]
        if places[category] < caps.get(category, len(scores)) and len(found) < k:
            found.append(product)
            places[category] += 1
    return found


@pytest.mark.parametrize("k", [1, 7, 60, 500])
def test_caps_are_held_down_a_long_ranking(k):
    generator = np.random.default_rng(k)
    n_products = 2000
    # The best are of few categories, so that an answer has to go far down to be filled up.
    categories = [f"c{int(50 * (row / n_products) ** 3)}" for row in range(n_products)]
    scores = (np.arange(n_products)[::-1] // 3 + generator.integers(0, 9, n_products)).astype("f4")
    ids = [f"p{row}" for row in range(n_products)]
    rules = AppliedRules(
        Rules(max_per_category=4, max_in_category={"c0": 2}), Catalogue(ids, ids, categories)
    )
    caps = {f"c{number}": 4 for number in range(50)} | {"c0": 2}
    chosen, unmet = choose(scores.copy(), k, rules)
    assert chosen.tolist() == greedy(scores, categories, caps, k)
    assert unmet.size == 0


def test_what_is_unavailable_is_missed_if_it_would_stand_in_the_answer():
    ids = list("abcdef")
    catalogue = Catalogue(ids, ids, ["x", "x", "y", "y", "", "x"])
    scores = np.array([9, 8, 7, 6, 5, 4], dtype=np.float32)
    rules = AppliedRules(Rules(available_products=("c", "d", "f")), catalogue)
    chosen, unmet = choose(scores.copy(), 3, rules)
    assert (chosen.tolist(), unmet.tolist()) == ([2, 3, 5], [0, 1])
    # Of a category that may have one product one alone is missed.
    capped = AppliedRules(Rules(available_products=("c", "d"), max_per_category=1), catalogue)
    chosen, unmet = choose(scores.copy(), 3, capped)
    assert (chosen.tolist(), unmet.tolist()) == ([2], [0, 4])
    # What is excluded is not missed.
    without = AppliedRules(Rules(available_products=("c",), exclude_products=("a",)), catalogue)
    chosen, unmet = choose(scores.copy(), 2, without)
    assert (chosen.tolist(), unmet.tolist()) == ([2], [1])
