import pytest

from recommender.errors import CategoryError, CutOffError, ModeError
from recommender.query import Item, Query
from recommender.recommend import recommend


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


def test_a_batch_equals_its_queries_one_by_one(model):
    queries = [
        Query("ana"),
        Query("nobody", k=2),
        Query("ana", mode="mixed", k=4),
        Query("bo", mode="rebuy"),
        Query("cy", categories=("bread",)),
        Query("ana"),
    ]
    assert recommend(model, queries) == [recommend(model, [query])[0] for query in queries]


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
