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
    ],
)
def test_each_fault_is_found(changed, fault):
    assert any(fault in found for found in checks.answer_faults(answer(**changed), QUERY))


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


@pytest.mark.parametrize("changed", [{"name": "coffee"}, {"category": None}])
def test_the_same_product_is_called_the_same(changed):
    [tea] = items(("tea", 2.0))

    assert len(checks.difference([tea | changed], [tea])) == 1
