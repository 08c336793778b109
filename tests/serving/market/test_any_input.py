"""Any bytes in a path, a query and a body: answered or refused, never a fault."""

import http.client
import json
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving import schemas
from serving.fields import TEXT_MAX

BATCH = "/v1/recommendations"
COUNTS = [150, pytest.param(5000, marks=pytest.mark.long)]
NAMES = st.sampled_from([*schemas.PARAMETERS, "colour"]).map(str.encode) | st.binary(max_size=4)
VALUES = st.sampled_from([b"1", b"true", b"rebuy", b"tea", b"drinks", b"explain"]) | st.binary()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(schemas.FIELDS), inner),
)
ITEMS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "customer_id": st.sampled_from(["ana", "house/7 b"]) | st.text(),
        "k": st.integers(-1, 501),
        "mode": st.sampled_from(["discover", "rebuy", "mixed", "guess"]),
        "categories": st.lists(st.sampled_from(["dairy", "drinks", "toys"])),
        "exclude": st.lists(st.sampled_from(["milk", "tea", "?"])),
        "candidates": st.lists(st.sampled_from(["milk", "tea", "jam/1", "?"])),
        "basket": st.lists(st.sampled_from(["milk", "tea", "?"])),
        "explain": st.booleans(),
        "rules": st.just("explain"),
    },
)


@pytest.fixture(scope="module")
def ask(market):
    """Ask over one connection; return the status and the JSON of the answer."""
    connection = http.client.HTTPConnection(urlsplit(market.url).netloc, timeout=30)

    def ask(target, body=None):
        connection.request("GET" if body is None else "POST", target, body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    yield ask
    connection.close()


def each(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def is_text(value):
    try:
        return len(value.decode()) <= TEXT_MAX
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("examples", COUNTS)
def test_any_bytes_in_a_url(ask, examples):
    @each(examples)
    @given(st.binary(min_size=1), st.lists(st.tuples(NAMES, VALUES), max_size=4))
    def check(customer, parameters):
        query = "&".join(f"{quote(name, safe='')}={quote(value)}" for name, value in parameters)
        status, content = ask(f"/v1/customers/{quote(customer, safe='')}/recommendations?{query}")

        assert status in (200, 400)
        if status == 200:
            assert content["customer_id"] == customer.decode()
        else:
            assert content["type"].startswith("/docs#")
            assert content["detail"]
        if not all(map(is_text, [customer, *(value for _, value in parameters)])):
            assert status == 400

    check()


@pytest.mark.parametrize("examples", COUNTS)
def test_any_items_in_a_body(ask, examples):
    @each(examples)
    @given(st.lists(ITEMS, max_size=5))
    def check(items):
        # A byte that JSON lacks, as of NaN or half a character, spoils the body as a whole.
        status, content = ask(BATCH, json.dumps({"requests": items}).encode())

        assert status in (200, 400)
        if status == 200:
            assert len(content) == len(items)
            assert all(one.get("status", 400) == 400 for one in content)

    check()


@pytest.mark.parametrize("examples", COUNTS)
def test_any_bytes_in_a_body(ask, examples):
    @each(examples)
    @given(st.binary() | st.binary().map(lambda inner: b'{"requests": [' + inner + b"]}"))
    def check(body):
        status, content = ask(BATCH, body)

        assert status in (200, 400)
        assert isinstance(content, list) == (status == 200)

    check()
