import asyncio
import gzip
import json
from dataclasses import replace

import orjson
import pytest

from recommender.query import Answer, Explanation, Item, LeftOut, Reason, ScoreParts
from serving import replies
from serving.snapshot import Reference

TEA = Item("tea", "Green tea", "drinks", 1, 2.5)
ANSWER = Answer("ana", True, "discover", 5, "personal", (TEA,))


def decoded(value):
    return json.loads(orjson.dumps(value))


def test_an_answer_names_its_model_and_nothing_that_nobody_asked_for(snapshot):
    reference = snapshot.reference

    assert decoded(replies.answer_body(ANSWER, snapshot)) == {
        "customer_id": "ana",
        "known": True,
        "mode": "discover",
        "k": 5,
        "strategy": "personal",
        "model": {"version": reference.version, "digest": reference.digest, "stale": False},
        "rules_digest": None,
        "items": [
            {
                "product_id": "tea",
                "name": "Green tea",
                "category": "drinks",
                "rank": 1,
                "score": 2.5,
            }
        ],
    }


def test_what_was_asked_for_is_told(snapshot):
    explained = replace(
        ANSWER,
        explanation=Explanation(("ease",), ("trend",), (ScoreParts(2.0, 0.25, 0.25),)),
        rules=(LeftOut("exclude_products", (TEA,)),),
        unmet=("drinks",),
    )

    body = decoded(replies.answer_body(explained, snapshot))

    assert body["explanation"] == {
        "scorers": ["ease"],
        "others": ["trend"],
        "parts": [{"products": 2.0, "features": 0.25, "others": 0.25}],
    }
    assert body["rules"][0]["rule"] == "exclude_products"
    assert body["rules"][0]["items"][0].keys() == {
        "product_id",
        "name",
        "category",
        "rank",
        "score",
    }
    assert "unmet" not in body


def test_reasons_are_told_even_if_there_are_none():
    item = Item("tea", "Green tea", None, 1, 2.5)
    assert "reasons" not in decoded(item)

    item.reasons = ()
    assert decoded(item)["reasons"] == []
    item.reasons = (Reason("rye", "Rye", 0.5),)
    assert decoded(item)["reasons"] == [{"product_id": "rye", "name": "Rye", "contribution": 0.5}]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5, br", True),
        ("br", False),
        ("xgzip", False),
        ("gzip;q=0", False),
        ("deflate, gzip; q = 0.000", False),
        ("gzip;q=0.001", True),
        ("*", False),
    ],
)
def test_who_accepts_gzip(header, accepted):
    assert replies.accepts_gzip(header) == accepted


@pytest.mark.parametrize("size", [replies.GZIP_FROM, replies.OFF_LOOP_FROM])
def test_a_large_answer_is_compressed_where_that_is_accepted(snapshot, size):
    body = b"[" + b"0," * (size // 2) + b"0]"

    plain = asyncio.run(replies.cachable(body, snapshot, None))
    small = asyncio.run(replies.cachable(body, snapshot, "gzip"))

    assert plain.body == gzip.decompress(small.body) == body
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(small.body) < len(body) / 10
    for response in (plain, small):
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.headers["etag"] == f"W/{snapshot.etag}"


def test_a_small_answer_stays_as_it_is(snapshot):
    body = b"0" * (replies.GZIP_FROM - 1)

    assert asyncio.run(replies.cachable(body, snapshot, "gzip")).body is body


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", W/{}', '"a",{} , "b"'])
def test_a_kept_answer_is_known_by_its_tag(snapshot, form):
    assert replies.is_kept(form.format(snapshot.etag), snapshot)


@pytest.mark.parametrize("header", [None, "", "*", '"other"', "W/", '"'])
def test_another_tag_is_of_another_answer(snapshot, header):
    assert not replies.is_kept(header, snapshot)


def test_another_version_and_a_stale_one_have_other_tags(snapshot):
    reference = snapshot.reference
    stale = replace(snapshot, reference=replace(reference, stale=True))
    other = replace(snapshot, reference=Reference("v2", reference.digest))

    assert len({snapshot.etag, stale.etag, other.etag}) == 3
    assert stale.headers[-1] == (b"x-model-stale", b"true")


def test_an_unchanged_answer_has_the_headers_and_no_body(snapshot):
    response = replies.unchanged(snapshot)

    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["etag"] == f"W/{snapshot.etag}"
    assert response.headers["cache-control"] == "private, no-cache"
    assert "content-type" not in response.headers
