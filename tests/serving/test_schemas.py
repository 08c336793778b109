import json
import tracemalloc
from contextlib import suppress
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import CutOffError
from recommender.query import Query
from serving import fields, schemas
from serving.errors import RequestError


def query_of(query_string, customer_id="ana"):
    parameters = schemas.parameters_of(query_string.encode(), schemas.PARAMETERS)
    return schemas.query_of_url(customer_id, parameters)


def test_a_url_without_parameters_asks_the_defaults():
    assert query_of("") == Query("ana", 30, "discover", (), ())


def test_a_url_with_everything():
    query = query_of(
        "category=drinks&k=007&exclude=tea&mode=rebuy&category=bread+%26%20more&basket=rye"
        "&candidate=bun&candidate=a%2Fb&explain=true&rules=explain&basket=cola",
        "a/b",
    )

    assert query == Query(
        "a/b",
        7,
        "rebuy",
        ("drinks", "bread & more"),
        ("tea",),
        ("rye", "cola"),
        ("bun", "a/b"),
        explain=True,
        explain_rules=True,
    )


@pytest.mark.parametrize("k", ["", "x", "-1", "%2B1", "%201", "1.0", "1e2", "٣", "9" * 5000])
def test_k_of_a_url_is_digits(k):
    with pytest.raises(CutOffError, match=r"^k is .*; it must be a whole number from 1 to 500$"):
        query_of(f"k={k}")


LONG = "x" * (fields.TEXT_MAX + 1)
MANY = fields.VALUES_MAX + 1


@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        (
            "K=1",
            '^parameter "K" is unknown; allowed: k, mode, category, exclude, candidate, basket',
        ),
        ("=1", '^parameter "" is unknown; '),
        ("k=1&k=1", "^k is given 2 times; give it once$"),
        ("mode=rebuy&mode=rebuy", "^mode is given 2 times; give it once$"),
        ("explain=1&explain=1", "^explain is given 2 times; give it once$"),
        ("explain=yes", '^explain is "yes"; it must be true or false$'),
        ("explain", '^explain is ""; it must be true or false$'),
        ("rules=tell", '^rules is "tell"; it must be "explain" or left out$'),
        ("rules=", '^rules is ""; it must be "explain" or left out$'),
        (f"mode={LONG}", "^mode is of 513 characters; it must be a string of at most 512 char"),
        (f"category={LONG}", "^category is of 513 characters; it must be a string of at most"),
        ("exclude=a&" * 101, "^exclude is given 101 times; at most 100 are allowed, and 1000 in"),
        ("candidate=a&" * 101, "^candidate is given 101 times; at most 100 are allowed, and 1000"),
        ("k=3&basket=%FF", '^parameter "basket" is "\ufffd", which is not UTF-8; percent-encode '),
        ("%C3=3", '^parameter "\ufffd" is "3", which is not UTF-8; '),
        ("mode=%ED%A0%80", '^parameter "mode" is .* not UTF-8; '),
    ],
)
def test_a_url_is_refused(query_string, message):
    with pytest.raises(RequestError, match=message):
        query_of(query_string)


@pytest.mark.parametrize(("text", "truth"), [("true", 1), ("1", 1), ("false", 0), ("0", 0)])
def test_truth_has_two_spellings(text, truth):
    assert query_of(f"explain={text}").explain == bool(truth)


def test_text_need_not_be_percent_encoded_to_be_read_as_utf8():
    assert query_of("category=té&exclude=%C3%A9").categories == ("té",)
    with pytest.raises(RequestError, match=r'^parameter "category" is "t�", which is not UTF-8'):
        schemas.parameters_of(b"k=3&category=t\xe9", schemas.PARAMETERS)


def test_no_mode_and_an_empty_mode_are_not_the_same():
    assert query_of("mode=").mode == ""


def test_candidates_that_are_none_and_no_candidates_are_not_the_same():
    assert query_of("k=3").candidates is None
    assert schemas.query_of_item({}).candidates is None
    assert schemas.query_of_item({"candidates": []}).candidates == ()


def test_a_list_of_no_customer_takes_fewer_parameters():
    parameters = schemas.parameters_of(b"k=3&category=a&exclude=b", schemas.LIST_PARAMETERS)

    assert schemas.list_query_of_url(parameters) == schemas.ListQuery(3, ("a",), ("b",))
    assert schemas.list_query_of_url({}) == schemas.ListQuery(30, (), ())
    with pytest.raises(RequestError, match=r'"mode" is unknown; allowed: k, category, exclude$'):
        schemas.parameters_of(b"mode=rebuy", schemas.LIST_PARAMETERS)


def test_where_no_parameter_is_taken_any_is_refused():
    assert schemas.parameters_of(b"", ()) == {}
    with pytest.raises(RequestError, match=r'"k" is unknown; allowed: none$'):
        schemas.parameters_of(b"k=1", ())


@pytest.mark.parametrize(
    ("id_", "raw", "message"),
    [
        ("", b"", '^customer_id is ""; it must be a string of 1 to 512 characters$'),
        (LONG, b"", "^customer_id is of 513 characters; it must be a string of at most 512"),
        ("a\ufffd", b"/a%FF", "^customer_id in the path is not UTF-8; percent-encode the bytes"),
    ],
)
def test_an_id_of_a_path_is_refused(id_, raw, message):
    with pytest.raises(RequestError, match=message):
        schemas.id_of_path("customer_id", id_, raw)


@pytest.mark.parametrize("raw", [b"/%EF%BF%BD", b"/%ef%bf%bd"])
def test_a_replacement_character_that_was_sent_is_an_id_as_any(raw):
    assert schemas.id_of_path("customer_id", "\ufffd", raw) == "\ufffd"


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
        "candidates": ["bun", "cola"],
        "basket": ["milk"],
        "explain": True,
        "rules": "explain",
    }

    assert item.keys() == set(schemas.FIELDS)
    assert schemas.query_of_item(item) == Query(
        "ana",
        7,
        "rebuy",
        ("drinks",),
        ("tea", "rye"),
        ("milk",),
        ("bun", "cola"),
        explain=True,
        explain_rules=True,
    )


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
        ({"customer_id": 7}, "^customer_id is 7; it must be a string of at most 512 characters$"),
        ({"customer_id": ""}, '^customer_id is ""; it must be a string of 1 to 512 characters$'),
        ({"customer_id": LONG}, "^customer_id is of 513 characters; it must be a string of at "),
        ({"mode": None}, "^mode is null; it must be a string of at most 512 characters$"),
        ({"categories": "drinks"}, '^categories is "drinks"; it must be a list of strings$'),
        ({"exclude": ["tea", 7]}, r"^exclude\[1\] is 7; it must be a string of at most 512 char"),
        ({"exclude": None}, "^exclude is null; it must be a list of strings$"),
        ({"basket": [LONG]}, r"^basket\[0\] is of 513 characters; it must be a string of at most"),
        ({"basket": ["a"] * MANY}, "^basket has 1001 values; at most 1000 are allowed$"),
        ({"candidates": None}, "^candidates is null; it must be a list of strings$"),
        ({"explain": 1}, "^explain is 1; it must be true or false$"),
        ({"explain": None}, "^explain is null; it must be true or false$"),
        ({"rules": True}, '^rules is true; it must be "explain" or left out$'),
        ({"rules": None}, '^rules is null; it must be "explain" or left out$'),
    ],
)
def test_an_item_is_refused(item, message):
    with pytest.raises(RequestError, match=message):
        schemas.query_of_item(item)


def test_a_refusal_does_not_repeat_all_of_a_long_value():
    with pytest.raises(RequestError) as refused:
        schemas.query_of_item({"mode": ["x" * 10_000]})

    assert len(str(refused.value)) < 130


def test_a_body_is_a_list_of_anything_under_requests():
    query, *errors = schemas.queries_of_body(b'{"requests": [{"k": 1}, 7, {"k": "1"}]}')
    assert query == Query(None, 1)
    assert [type(error) for error in errors] == [RequestError, CutOffError]
    assert schemas.queries_of_body(b'{"requests": []}') == []


@pytest.mark.parametrize("item", ["[" + "[]," * 99_999 + "[]]", "[" * 900 + "]" * 900])
@pytest.mark.parametrize("field", ["customer_id", "basket", "k", "x"])
def test_nothing_is_kept_of_what_is_refused(item, field):
    body_ = f'{{"requests": [{{"{field}": {item}}}]}}'.encode()
    schemas.queries_of_body(body_)  # what is made once only
    tracemalloc.start()
    [error] = schemas.queries_of_body(body_)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(error, (RequestError, CutOffError))
    assert kept < 10_000


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
        schemas.queries_of_body(body)


def test_a_body_holds_at_most_1000_requests():
    assert len(schemas.queries_of_body(json.dumps({"requests": [0] * 1000}).encode())) == 1000
    with pytest.raises(RequestError, match=r"^requests has 1001 items; at most 1000 are allowed"):
        schemas.queries_of_body(json.dumps({"requests": [0] * 1001}).encode())


def body(*items):
    return json.dumps({"requests": items}).encode()


def test_a_body_asks_for_at_most_100000_products():
    at_most = [{"k": 500}] * 199 + [{"k": 470}, {}]
    beside = [7, {"k": 501}, {"k": True}, {"k": -1}, {"k": "9"}]  # refused, each in its place

    assert len(schemas.queries_of_body(body(*at_most, *beside))) == 206
    with pytest.raises(
        RequestError, match=r"ask for 100001 products in all \(k of each\); at most"
    ):
        schemas.queries_of_body(body(*at_most, {"k": 1}))


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
        assert query.explain is item.get("explain", False)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PARAMETER = st.tuples(st.sampled_from([*schemas.PARAMETERS, "x"]), TEXT)


@given(TEXT, st.lists(PARAMETER))
def test_any_url_is_a_query_or_refused(customer_id, parameters):
    with suppress(RequestError, CutOffError):
        query = query_of(urlencode(parameters, quote_via=quote_plus), customer_id)
        assert query.customer_id == customer_id
        assert list(query.exclude) == [value for name, value in parameters if name == "exclude"]
        assert list(query.basket) == [value for name, value in parameters if name == "basket"]


@given(st.binary())
def test_any_bytes_are_parameters_or_refused(query_string):
    with suppress(RequestError):
        parameters = schemas.parameters_of(query_string, schemas.PARAMETERS)
        assert parameters.keys() <= set(schemas.PARAMETERS)
