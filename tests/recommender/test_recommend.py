import numpy as np
import pytest

from recommender.errors import CategoryError, CutOffError, ModeError
from recommender.query import Item, Query
from recommender.recommend import recommend
from recommender.rules import AppliedRules, Rules


def ids(answer):
    return [item.product_id for item in answer.items]


def test_a_known_customer_gets_a_personal_answer(model):
    (answer,) = recommend(model, [Query("ana", k=2)])
    assert answer.known
    assert answer.strategy == "personal"
    assert answer.items == (
        Item("milk", "Milk", "drinks", rank=1, score=10.0),
        Item("tea", "Green tea", "drinks", rank=2, score=3.0),
    )


@pytest.mark.parametrize("customer_id", ["nobody", None])
def test_an_unknown_customer_gets_what_is_popular_and_is_told(model, customer_id):
    (answer,) = recommend(model, [Query(customer_id, k=3)])
    assert not answer.known
    assert answer.strategy == "popular"
    assert ids(answer) == ["rye", "cola", "tea"]


def test_a_known_customer_without_purchases_is_told_too(model):
    (answer,) = recommend(model, [Query("cy", k=1)])
    assert answer.known
    assert answer.strategy == "popular"
    assert ids(answer) == ["rye"]


@pytest.mark.parametrize("customer_id", ["nobody", None, "cy"])
def test_of_whom_no_purchase_is_known_gets_what_is_popular_in_every_mode(model, customer_id):
    modes = ("discover", "rebuy", "mixed")
    answers = recommend(model, [Query(customer_id, 3, mode) for mode in modes])
    assert [ids(answer) for answer in answers] == [["rye", "cola", "tea"]] * 3
    assert {answer.strategy for answer in answers} == {"popular"}


@pytest.mark.parametrize("customer_id", ["nobody", None, "cy"])
def test_a_basket_tells_what_a_stranger_may_want(with_encodings, customer_id):
    (answer,) = recommend(with_encodings, [Query(customer_id, 2, basket=("cola", "no product"))])
    assert answer.known == (customer_id == "cy")
    assert answer.strategy == "basket"
    # 5, 4, 3, 2, 10, whose variance is 7.76
    assert ids(answer) == ["milk", "rye"]
    scores = [item.score for item in answer.items]
    np.testing.assert_allclose(scores, np.array([10, 4]) / np.sqrt(7.76), rtol=1e-6)


def test_the_products_of_a_basket_count_as_bought(with_encodings):
    basket = ("tea", "bun")
    discover, rebuy, mixed = recommend(
        with_encodings,
        [Query(None, mode=mode, basket=basket) for mode in ("discover", "rebuy", "mixed")],
    )
    assert set(ids(discover)) == {"cola", "rye", "milk"}
    assert set(ids(rebuy)) == {"tea", "bun"}
    assert len(ids(mixed)) == 5


def test_a_basket_is_added_to_a_customers_purchases(with_encodings):
    discover, rebuy = recommend(
        with_encodings,
        [
            Query("ana", basket=("tea", "tea")),  # in hand twice counts once
            Query("ana", mode="rebuy", basket=("tea",)),
        ],
    )
    # ana's scores 5, 4, 3, 2, 10 and those of the basket's factors (0, 2): 0, 0, 2, 2, 11
    assert [(item.product_id, item.score) for item in discover.items] == [("milk", 21), ("bun", 4)]
    assert [(item.product_id, item.score) for item in rebuy.items] == [
        ("rye", 3), ("cola", 2), ("tea", 1),
    ]  # fmt: skip
    assert (discover.strategy, rebuy.strategy) == ("personal", "personal")


@pytest.mark.parametrize("basket", [(), ("no product", "")])
def test_a_basket_of_no_known_product_says_nothing(with_encodings, basket):
    anybody, ana = recommend(with_encodings, [Query(None, basket=basket), Query("ana")])
    assert anybody.strategy == "popular"
    assert ids(anybody) == ["rye", "cola", "tea", "bun", "milk"]
    assert recommend(with_encodings, [Query("ana", basket=basket)]) == [ana]


def test_a_mode_that_cannot_score_baskets_leaves_them_out_of_the_scores(model):
    anybody, ana = recommend(model, [Query(None, basket=("rye",)), Query("ana", basket=("tea",))])
    assert anybody.strategy == "popular"
    assert ids(anybody) == ["cola", "tea", "bun", "milk"]
    assert [(item.product_id, item.score) for item in ana.items] == [("milk", 10), ("bun", 2)]


def test_categories_and_exclusions_narrow_the_answer(model):
    drinks, without_milk, none = recommend(
        model,
        [
            Query("ana", categories=("drinks",)),
            Query("ana", exclude=("milk", "not in the catalogue")),
            Query("ana", categories=("bread",), exclude=("bun",)),
        ],
    )
    assert ids(drinks) == ["milk", "tea"]
    assert ids(without_milk) == ["tea", "bun"]
    assert ids(none) == []


def test_of_candidates_the_best_are_ranked(model):
    queries = [
        Query("ana", candidates=("bun", "tea", "cola", "no product", "bun")),
        Query("ana", candidates=()),
        Query("ana", candidates=("bun", "tea"), categories=("bread",)),
        Query("nobody", candidates=("milk", "rye")),
    ]
    answers = [ids(answer) for answer in recommend(model, queries)]
    assert answers == [["tea", "bun"], [], ["bun"], ["rye", "milk"]]


def test_rules_hold_and_tell_what_they_left_out(model):
    rules = AppliedRules(
        Rules(
            exclude_products=("tea",),
            available_products=("cola", "bun", "rye", "tea"),
            max_per_category=1,
        ),
        model.catalogue,
    )
    asked, nobody = (
        Query("ana", 2, explain_rules=True),
        Query("nobody", 3, explain_rules=True),
    )
    ana, anybody = recommend(model, [asked, nobody], rules)
    assert ids(ana) == ["bun"]  # of milk, tea, bun
    assert [(told.rule, ids(told), told.items[0].rank) for told in ana.rules] == [
        ("available_products", ["milk"], 1),
        ("exclude_products", ["tea"], 2),
    ]
    assert ana.unmet == ("drinks",)
    assert ids(anybody) == ["rye", "cola"]  # of rye, cola, tea, bun, milk
    assert [(told.rule, ids(told)) for told in anybody.rules] == [("exclude_products", ["tea"])]
    [capped] = recommend(model, [Query("nobody", 4, explain_rules=True)], rules)
    assert ("max_per_category", ["bun"]) in [(told.rule, ids(told)) for told in capped.rules]
    [quiet] = recommend(model, [Query("ana")], rules)
    assert quiet.rules is None
    [none] = recommend(model, [Query("ana", explain_rules=True)])
    assert none.rules == ()


def test_for_a_customer_with_a_basket_those_that_score_everybody_alike_count_once(with_encodings):
    [mixed] = recommend(with_encodings, [Query("ana", mode="mixed", basket=("cola",))])
    # half of ana's 5, 4, 3, 2, 10 and of the basket's 5, 4, 3, 2, 10, and twice the popularity
    assert {item.product_id: item.score for item in mixed.items} == {
        "milk": 12, "rye": 10, "cola": 9, "tea": 5, "bun": 4,
    }  # fmt: skip


def test_a_batch_equals_its_queries_one_by_one(with_encodings):
    queries = [
        Query("ana"),
        Query("nobody", k=2),
        Query("ana", mode="mixed", k=4),
        Query("bo", mode="rebuy"),
        Query("cy", categories=("bread",)),
        Query("ana"),
        Query("ana", basket=("milk",)),
        Query("nobody", basket=("milk", "cola")),
        Query("cy", mode="rebuy", basket=("bun",)),
    ]
    alone = [recommend(with_encodings, [query])[0] for query in queries]
    assert recommend(with_encodings, queries) == alone


def test_an_error_is_a_value_and_spoils_no_neighbour(model):
    errors = [
        (Query("ana", k=0), CutOffError, "k is 0; .* from 1 to 500"),
        (Query("ana", k=501), CutOffError, "501"),
        (Query("ana", k=True), CutOffError, "True"),
        (Query("ana", mode="guess"), ModeError, "'guess'; this model has discover, rebuy, mixed"),
        (Query("ana", categories=("toys",)), CategoryError, "'toys'"),
    ]
    answers = recommend(model, [Query("ana", k=1), *(query for query, _, _ in errors), Query("bo")])
    assert ids(answers[0]) == ["milk"]
    assert ids(answers[-1]) == []
    for answer, (_, kind, message) in zip(answers[1:-1], errors, strict=True):
        with pytest.raises(kind, match=message):
            raise answer


def test_no_questions_no_answers(model):
    assert recommend(model, []) == []
