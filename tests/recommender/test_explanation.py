"""Reasons: what each product adds to a score, recomputed."""

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.query import Explanation, Query, Reason, ScoreParts
from recommender.recommend import recommend
from recommender.scorers import ItemItem, ItemItemFactors, Popularity
from recommender.vocabulary import Vocabulary

CUSTOMER = "c0"


@pytest.fixture
def shelf():
    """Customer "ana" has bought cola (weight 2) and rye, and drinks; "cy" nothing.

    The features are the five products, and drinks.
    """
    weights = np.zeros((6, 5), dtype=np.float32)
    weights[0] = [0, 1, 3, 0, 2]  # cola
    weights[1] = [1, 0, 1, 2, -4]  # rye
    weights[2] = [0, 0, 0, 5, 1]  # tea
    weights[5] = [1, 1, 1, 1, 1]  # drinks
    one = np.ones
    item_item = ItemItem(
        np.array([0, 3, 3]),
        np.array([0, 1, 5], dtype=np.int32),
        np.array([2, 1, 0.5], dtype=np.float32),
        np.array([0, 2, 3, 5, 6, 8]),  # drinks in hand stand for themselves and for drinks
        np.array([0, 5, 1, 2, 5, 3, 4, 5], dtype=np.int32),
        one(8, dtype=np.float32),
        weights,
        basket_start=np.full(5, 0.25, dtype=np.float32),
    )
    return Model(
        Vocabulary(["ana", "cy"]),
        Catalogue(
            ["cola", "rye", "tea", "bun", "milk"],
            ["Cola", "Rye bread", "Green tea", "Bun", "Milk"],
            ["drinks", "bread", "drinks", "bread", "drinks"],
        ),
        History(np.array([0, 2, 2]), np.array([0, 1], dtype=np.int32), 5),
        {"ease": item_item, "popularity": Popularity(np.array([9, 8, 7, 6, 5], dtype=np.float32))},
        {"discover": {"ease": 1.0}, "mixed": {"ease": 2.0, "popularity": 1.0}},
    )


def asked(model, *query, **options):
    [answer] = recommend(model, [Query(*query, explain=True, **options)])
    return answer


def test_reasons_are_what_purchases_add(shelf):
    answer = asked(shelf, "ana")
    assert [(item.product_id, item.score, item.reasons) for item in answer.items] == [
        ("tea", 7.5, (Reason("cola", "Cola", 6), Reason("rye", "Rye bread", 1))),
        ("bun", 2.5, (Reason("rye", "Rye bread", 2),)),
        ("milk", 0.5, (Reason("cola", "Cola", 4),)),  # rye speaks against it
    ]
    assert answer.explanation == Explanation(
        ("ease",), (), (ScoreParts(7, 0.5, 0), ScoreParts(2, 0.5, 0), ScoreParts(0, 0.5, 0))
    )


def test_of_a_product_in_hand_what_it_stands_for_is_its_own(shelf):
    answer = asked(shelf, "ana", basket=("tea",))
    bun, milk = answer.items
    # tea itself adds 5 to bun and 1 to milk, drinks 1 to each, and the start 0.25
    assert bun.reasons == (Reason("tea", "Green tea", 6), Reason("rye", "Rye bread", 2))
    assert milk.reasons == (Reason("cola", "Cola", 4), Reason("tea", "Green tea", 2))
    assert answer.explanation.parts == (ScoreParts(8, 0.75, 0), ScoreParts(2, 0.75, 0))
    assert (bun.score, milk.score) == (8.75, 2.75)


def test_other_parts_of_a_score_are_named(shelf):
    answer = asked(shelf, "ana", mode="mixed", candidates=("tea", "bun"))
    tea, bun = answer.items
    assert tea.reasons == (Reason("cola", "Cola", 12), Reason("rye", "Rye bread", 2))
    assert answer.explanation == Explanation(
        ("ease",), ("popularity",), (ScoreParts(14, 1, 7), ScoreParts(4, 1, 6))
    )
    assert (tea.score, bun.score) == (22, 11)


@pytest.mark.parametrize("customer", ["cy", "nobody", None])
def test_what_is_popular_has_no_reasons(shelf, customer):
    answer = asked(shelf, customer, 1)
    assert answer.items[0].reasons == ()
    assert answer.explanation == Explanation((), ("popularity",), (ScoreParts(0, 0, 9),))


def test_factors_have_no_reasons(with_encodings):
    for query in [("ana",), (None,)]:
        answer = asked(with_encodings, *query, basket=("tea",))
        assert {item.reasons for item in answer.items} == {()}
        assert (answer.explanation.scorers, answer.explanation.others) == ((), ("factors",))


def test_nobody_is_told_who_has_not_asked(shelf):
    [answer] = recommend(shelf, [Query("ana")])
    assert answer.explanation is None
    assert {item.reasons for item in answer.items} == {None}


def random_model(every_kind, weights):
    n_customers, n_products = every_kind["factors"].shape
    ids = [f"p{row}" for row in range(n_products)]
    bought = every_kind["repeat"]
    return Model(
        Vocabulary(f"c{row}" for row in range(n_customers)),
        Catalogue(ids, ids, [""] * n_products),
        History(bought.indptr, bought.products, n_products),
        every_kind,
        {"mixed": weights},
    )


def entries(scorer, customer):
    row = scorer.of_customers(np.array([customer]))
    return zip(row.columns.tolist(), row.values.tolist(), strict=True)


def weight(scorer, feature, product):
    if isinstance(scorer, ItemItem):
        return scorer.weights[feature, product]
    if isinstance(scorer, ItemItemFactors):
        return scorer.feature_factors[feature] @ scorer.product_factors[product]
    start, end = scorer.weight_indptr[feature : feature + 2]
    found = scorer.weight_products[start:end] == product
    return scorer.weight_values[start:end][found].sum()


@pytest.mark.parametrize("kind", ["item_item", "item_item_factors", "item_item_top"])
def test_contributions_of_all_features_sum_to_the_score(every_kind, kind):
    scorer = every_kind[kind]
    answer = asked(random_model(every_kind, {kind: 0.5}), CUSTOMER, mode="mixed")
    assert len(answer.items) == 11
    for item, parts in zip(answer.items, answer.explanation.parts, strict=True):
        product = int(item.product_id[1:])
        added = {f: 0.5 * v * weight(scorer, f, product) for f, v in entries(scorer, 0)}
        assert sum(added.values()) == pytest.approx(scorer.scores(np.array([0]))[0, product] / 2)
        of_products = {f"p{f}": value for f, value in added.items() if f < 11}
        assert parts.products == pytest.approx(sum(of_products.values()), abs=1e-6)
        assert parts.products + parts.features == pytest.approx(item.score, abs=1e-6)
        assert parts.others == 0
        best = sorted((v, p) for p, v in of_products.items() if v > 0)[::-1][:3]
        assert [reason.product_id for reason in item.reasons] == [p for _, p in best]
        assert [reason.contribution for reason in item.reasons] == pytest.approx(
            [v for v, _ in best], rel=1e-6
        )


@pytest.mark.parametrize("customer", [CUSTOMER, None])
def test_of_several_scorers_and_a_basket_the_parts_sum_too(every_kind, customer):
    weights = {"item_item": 0.5, "item_item_factors": 1.5, "item_item_top": -2.0}
    model = random_model(every_kind, weights)
    basket = ("p1", "p4", "p6")
    answer = asked(model, customer, mode="mixed", basket=basket)
    for item, parts in zip(answer.items, answer.explanation.parts, strict=True):
        assert parts.products + parts.features == pytest.approx(item.score, abs=1e-5)
        assert customer or {reason.product_id for reason in item.reasons} <= set(basket)
