import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import CutOffError
from recommender.query import Answer, Item, Query
from serving import schemas
from serving.errors import RequestError
from serving.snapshot import Reference


def test_a_url_without_parameters_asks_the_defaults():
    assert schemas.query_of_url("ana", []) == Query("ana", 30, "discover", (), ())


def test_a_url_with_everything():
    parameters = [
        ("category", "drinks"),
        ("k", "007"),
        ("exclude", "tea"),
        ("mode", "rebuy"),
        ("category", "bread & more"),
    ]

    assert schemas.query_of_url("a/b", parameters) == Query(
        "a/b", 7, "rebuy", ("drinks", "bread & more"), ("tea",)
    )


@pytest.mark.parametrize("k", ["", "x", "-1", "+1", " 1", "1.0", "1e2", "٣", "9" * 5000])
def test_k_of_a_url_is_digits(k):
    with pytest.raises(CutOffError, match=r"^k is .*; it must be a whole number from 1 to 500$"):
        schemas.query_of_url("ana", [("k", k)])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([("K", "1")], '^parameter "K" is unknown; allowed: k, mode, category, exclude$'),
        ([("k", "1"), ("k", "1")], "^k is given 2 times; give it once$"),
        ([("mode", "rebuy"), ("mode", "rebuy")], "^mode is given 2 times; give it once$"),
    ],
)
def test_a_url_is_refused(parameters, message):
    with pytest.raises(RequestError, match=message):
        schemas.query_of_url("ana", parameters)


def test_no_mode_and_an_empty_mode_are_not_the_same():
    assert schemas.query_of_url("ana", [("mode", "")]).mode == ""


def test_an_empty_customer_id_is_refused():
    with pytest.raises(RequestError, match="at least one character"):
        schemas.query_of_url("", [])


def test_an_empty_item_asks_for_somebody_without_an_id():
    assert schemas.query_of_item({}) == Query(None, 30, "discover", (), ())
    assert schemas.query_of_item({"customer_id": None}) == Query(None)


def test_an_item_with_everything():
    item = {
        "customer_id": "ana",
        "k": 7,
        "mode": "rebuy",
        "categories": ["drinks"],
        "exclude": ["tea", "rye"],
    }

    assert schemas.query_of_item(item) == Query("ana", 7, "rebuy", ("drinks",), ("tea", "rye"))


@pytest.mark.parametrize("k", ["3", True, 3.0, None, [3]])
def test_k_of_an_item_is_a_whole_number(k):
    with pytest.raises(CutOffError, match=r"^k is .*; it must be a whole number from 1 to 500$"):
        schemas.query_of_item({"k": k})


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (7, "^the request is 7; it must be an object with the fields customer_id, k, mode, "),
        (["ana"], r'^the request is \["ana"\]; it must be an object'),
        ({"user": "ana"}, '^field "user" is unknown; allowed: customer_id, k, mode, categories, '),
        ({"customer_id": 7}, "^customer_id is 7; it must be a string of at least one character$"),
        ({"customer_id": ""}, '^customer_id is ""; it must be a string of at least one char'),
        ({"mode": None}, "^mode is null; it must be a string$"),
        ({"categories": "drinks"}, '^categories is "drinks"; it must be a list of strings$'),
        ({"exclude": ["tea", 7]}, r'^exclude is \["tea",7\]; it must be a list of strings$'),
        ({"exclude": None}, "^exclude is null; it must be a list of strings$"),
    ],
)
def test_an_item_is_refused(item, message):
    with pytest.raises(RequestError, match=message):
        schemas.query_of_item(item)


def test_a_refusal_does_not_repeat_all_of_a_long_value():
    with pytest.raises(RequestError) as refused:
        schemas.query_of_item({"mode": ["x" * 10_000]})

    assert len(str(refused.value)) < 120


def test_a_body_is_a_list_of_anything_under_requests():
    assert schemas.requests_of_body(b'{"requests": [{"k": 1}, 7, null]}') == [{"k": 1}, 7, None]
    assert schemas.requests_of_body(b'{"requests": []}') == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "^the body is not JSON "),
        (b"{", "^the body is not JSON "),
        (b'{"requests": [NaN]}', "^the body is not JSON "),
        (b'"\xff"', "^the body is not JSON "),
        (b"[]", r'^the body is \[\]; send {"requests": '),
        (b"{}", '^the body is {}; send {"requests": '),
        (b'{"requests": [], "k": 1}', "and no other field$"),
        (b'{"requests": {}}', "^requests is {}; it must be a list"),
    ],
)
def test_a_body_is_refused(body, message):
    with pytest.raises(RequestError, match=message):
        schemas.requests_of_body(body)


def test_a_body_holds_at_most_1000_requests():
    assert len(schemas.requests_of_body(json.dumps({"requests": [0] * 1000}).encode())) == 1000
    with pytest.raises(RequestError, match=r"^requests has 1001 items; at most 1000 are allowed"):
        schemas.requests_of_body(json.dumps({"requests": [0] * 1001}).encode())


def test_an_answer_names_its_model():
    item = Item("tea", "Green tea", "drinks", 1, 2.5)
    model = Reference("v1", "sha256:ab")

    body = schemas.answer_body(Answer("ana", True, "discover", 5, "personal", (item,)), model)

    assert body == {
        "customer_id": "ana",
        "known": True,
        "mode": "discover",
        "k": 5,
        "strategy": "personal",
        "model": model,
        "rules_digest": None,
        "items": (item,),
    }


# What the body's parser can yield: larger numbers become floats.
INTEGERS = st.integers(-(2**63), 2**64 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(schemas.FIELDS), inner),
)


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(schemas.FIELDS, JSON)))
def test_any_item_is_a_query_or_refused(item):
    with suppress(RequestError, CutOffError):
        query = schemas.query_of_item(item)
        assert isinstance(item, dict)
        assert query.customer_id == item.get("customer_id")
        assert query.k is item.get("k", 30)
        assert list(query.exclude) == item.get("exclude", [])


@given(st.text(), st.lists(st.tuples(st.sampled_from([*schemas.PARAMETERS, "x"]), st.text())))
def test_any_url_is_a_query_or_refused(customer_id, parameters):
    with suppress(RequestError, CutOffError):
        query = schemas.query_of_url(customer_id, parameters)
        assert query.customer_id == customer_id
        assert list(query.exclude) == [value for name, value in parameters if name == "exclude"]
