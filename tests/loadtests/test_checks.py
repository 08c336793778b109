from dataclasses import replace

import pytest

from loadtests import checks
from recommender.query import Query

QUERY = Query("ana", 3, categories=("drinks",), exclude=("cola",))


def items(*scored):
    return [
        {"product_id": product, "name": product, "category": "drinks", "rank": rank, "score": score}
        for rank, (product, score) in enumerate(scored, start=1)
    ]


def answer(**changed):
    return {
        "customer_id": "ana",
        "known": True,
        "mode": "discover",
        "k": 3,
        "strategy": "personal",
        "model": {"version": "v", "digest": "d", "stale": False},
        "rules_digest": None,
        "items": items(("tea", 2.0), ("milk", 2.0), ("rum", 1.0)),
    } | changed


def test_a_right_answer_has_no_faults():
    assert checks.answer_faults(answer(), QUERY) == []
    assert checks.answer_faults(answer(items=[]), QUERY) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"more": 1}, "not an answer's form"),
        ({"customer_id": "bo"}, "customer_id is 'bo', asked was 'ana'"),
        ({"mode": "rebuy"}, "mode is 'rebuy', asked was 'discover'"),
        ({"k": 4}, "k is 4, asked was 3"),
        ({"known": False}, "an unknown customer's strategy is 'personal'"),
        ({"items": [{"product_id": "tea"}]}, "not an item's form"),
        ({"items": items(*[(f"p{i}", 1.0) for i in range(4)])}, "4 items for k = 3"),
        ({"items": items(("tea", 2.0), ("tea", 1.0))}, "a product stands twice"),
        ({"items": items(("tea", 2.0), ("rum", 1.0))[::-1]}, "ranks do not count from 1"),
        ({"items": items(("tea", 1.0), ("rum", 2.0))}, "scores are not descending"),
        ({"items": [items(("tea", 1.0))[0] | {"category": None}]}, "of another category"),
        ({"items": items(("cola", 1.0))}, "an excluded product is there"),
        ({"explanation": {}}, "not an answer's form"),
    ],
)
def test_each_fault_is_found(changed, fault):
    assert any(fault in found for found in checks.answer_faults(answer(**changed), QUERY))


@pytest.mark.parametrize(
    ("asked", "changed", "fault"),
    [
        ({"explain": True}, {}, "not an answer's form"),
        ({"explain": True}, {"explanation": {}}, "not an item's form"),
        ({"explain_rules": True}, {}, "not an answer's form"),
        ({"candidates": ("tea", "rum")}, {}, "a product is no candidate"),
        ({"candidates": ()}, {}, "a product is no candidate"),
        ({"basket": ("rum",)}, {}, "a product in the basket is new"),
        (
            {"basket": ("gin",)},
            {"known": False},
            "strategy is 'personal', not 'basket' or 'popular'",
        ),
    ],
)
def test_each_fault_of_what_was_asked_for_is_found(asked, changed, fault):
    query = replace(QUERY, **asked)

    assert any(fault in found for found in checks.answer_faults(answer(**changed), query))


def test_right_answers_to_what_was_asked_for():
    bought = replace(QUERY, mode="rebuy", basket=("rum",))
    explained = replace(QUERY, explain=True, candidates=("tea", "milk", "rum", "gin"))
    reasons = [item | {"reasons": []} for item in answer()["items"]]

    assert checks.answer_faults(answer(mode="rebuy"), bought) == []
    assert checks.answer_faults(answer(items=reasons, explanation={}), explained) == []
    stranger = answer(known=False, strategy="basket", items=[])
    assert checks.answer_faults(stranger, replace(QUERY, basket=("rum",))) == []


def product_list(**changed):
    found = {"product_id": "gin", "k": 3, "model": {}, "rules_digest": None}
    return found | {"items": items(("tea", 2.0), ("milk", 2.0))} | changed


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"more": 1}, "not a list's form"),
        ({"k": 4}, "k is 4, asked was 3"),
        ({"product_id": "tea"}, "product_id is 'tea', asked was 'gin'"),
        ({"items": items(("gin", 1.0))}, "a product is similar to itself"),
        ({"items": items(("cola", 1.0))}, "an excluded product is there"),
        ({"items": items(("tea", 1.0), ("rum", 2.0))}, "scores are not descending"),
        ({"items": [{}]}, "not an item's form"),
    ],
)
def test_each_fault_of_a_list_is_found(changed, fault):
    faults = checks.list_faults(product_list(**changed), "gin", 3, exclude=["cola"])

    assert any(fault in found for found in faults)


def test_right_lists_have_no_faults():
    popular = {name: value for name, value in product_list().items() if name != "product_id"}

    assert checks.list_faults(product_list(), "gin", 3) == []
    assert checks.list_faults(popular, None, 3) == []
    assert checks.list_faults(product_list(), None, 3)[0].startswith("not a list's form")


@pytest.mark.parametrize("wrong", [None, [], "text", {}])
def test_what_is_no_answer_is_a_fault(wrong):
    assert len(checks.answer_faults(wrong, QUERY)) == 1


def test_headers_name_the_model():
    model = {"version": "v", "digest": "d", "stale": False}

    assert checks.header_faults({"X-Model-Version": "v", "X-Model-Digest": "d"}, model) == []
    assert len(checks.header_faults({"X-Model-Version": "w"}, model)) == 2


def test_a_problem_has_its_form_and_status():
    problem = {"type": "t", "title": "t", "status": 400, "detail": "d"}

    assert checks.problem_faults(problem, 400) == []
    assert checks.problem_faults(problem, 404) == ["its status is 400, not 404"]
    assert len(checks.problem_faults({"error": "d"}, 400)) == 1


def test_lists_that_differ_by_rounding_are_the_same():
    expected = items(("tea", 2.0), ("milk", 1.0), ("rum", 1.0))

    assert checks.difference(items(("tea", 2.00001), ("rum", 1.0), ("milk", 1.0)), expected) == []
    assert checks.difference(items(("tea", 2.0), ("milk", 1.0), ("gin", 1.00001)), expected) == []
    assert checks.difference([], []) == []


@pytest.mark.parametrize(
    "found",
    [
        [],
        items(("tea", 2.0), ("milk", 1.0)),
        items(("tea", 2.0), ("milk", 1.0), ("rum", 0.9)),
        items(("gin", 2.0), ("milk", 1.0), ("rum", 1.0)),
        items(("milk", 2.0), ("tea", 1.0), ("rum", 1.0)),
    ],
)
def test_lists_that_differ(found):
    assert checks.difference(found, items(("tea", 2.0), ("milk", 1.0), ("rum", 1.0)))


def test_reasons_differ_by_what_they_contribute():
    one = {"product_id": "tea", "name": "tea", "contribution": 0.5}

    assert checks.difference([one], [one | {"contribution": 0.500001}], "contribution") == []
    assert checks.difference([one], [one | {"contribution": 0.4}], "contribution")


@pytest.mark.parametrize("changed", [{"name": "coffee"}, {"category": None}])
def test_the_same_product_is_called_the_same(changed):
    [tea] = items(("tea", 2.0))

    assert len(checks.difference([tea | changed], [tea])) == 1
