"""Answers that a client has kept already, or takes compressed; methods other than GET."""

import gzip
import json

import httpx
import pytest

ANA = "/v1/customers/ana/recommendations"
LISTS = [ANA, "/v1/products/popular", "/v1/products/jam%2F1/similar"]
BATCH = "/v1/recommendations"


@pytest.mark.parametrize("path", LISTS)
def test_a_kept_answer_is_good_until_the_model_or_the_rules_change(client, ruled, path):
    first = client.get(path)
    tag = first.headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})

    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "x-model-digest"):
        assert again.headers[name] == first.headers[name]
    other = ruled.get(path, headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


@pytest.mark.parametrize("tag", ['"x"', "*", "W/", '""', "nonsense"])
def test_an_answer_of_another_tag_is_sent(client, tag):
    assert client.get(ANA, headers={"If-None-Match": tag}).status_code == 200


def test_a_refusal_stays_one_whatever_is_kept(client):
    tag = client.get(ANA).headers["etag"]

    assert client.get(f"{ANA}?k=0x", headers={"If-None-Match": tag}).status_code == 400


@pytest.mark.parametrize("path", ["/v1/model", f"{ANA}?k=0", "/v1/products/none/similar"])
def test_descriptions_and_refusals_have_no_tag(client, path):
    assert "etag" not in client.get(path).headers


@pytest.mark.parametrize("path", [*LISTS, "/v1/model", "/openapi.json", "/docs"])
def test_head_is_get_without_the_body(client, path):
    get, head = client.get(path), client.head(path)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type"):
        assert head.headers[name] == get.headers[name]


def raw(client, accepted):
    """Return an answer of 1,000 lists as it came, and its headers."""
    body = {"requests": [{"customer_id": "ana"}] * 1000}
    headers = {"Accept-Encoding": accepted}
    with client.stream("POST", BATCH, json=body, headers=headers) as response:
        return b"".join(response.iter_raw()), response.headers


def test_a_large_answer_is_compressed_for_who_takes_that(client):
    plain, headers = raw(client, "identity")
    small, compressed = raw(client, "br, gzip;q=0.8")

    assert "content-encoding" not in headers
    assert compressed["content-encoding"] == "gzip"
    assert gzip.decompress(small) == plain
    assert len(small) < len(plain) / 10
    assert len(json.loads(plain)) == 1000


def test_a_small_answer_is_not(client):
    response = client.get(ANA, headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"


def test_two_clients_of_two_markets_do_not_share_tags(client, ruled):
    tags = {one.get(path).headers["etag"] for one in (client, ruled) for path in LISTS}

    assert len(tags) == 2


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [ANA, "/v1/model", BATCH])
def test_other_methods_are_told_which_there_are(client, method, path):
    response = client.request(method, path)

    assert response.status_code == httpx.codes.METHOD_NOT_ALLOWED
    assert ("POST" if path == BATCH else "GET") in response.headers["allow"]
