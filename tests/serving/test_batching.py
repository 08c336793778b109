import asyncio
import json

import pytest
from starlette.requests import Request

from serving import batching
from serving.problems import Problem
from serving.snapshot import Reference, Slot


def body_of(*chunks, left=False):
    """Read a body that arrives in chunks, or of which the client leaves."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    end = {"type": "http.disconnect"} if left else {"type": "http.request", "body": b""}
    arriving = iter([*messages, end])

    async def receive():
        return next(arriving)

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    return asyncio.run(batching.Requests.from_http_request(request, None)).requests


def answered(items):
    return asyncio.run(batching.Answers.to_http_response(items, None))


def test_a_body_arrives_in_chunks():
    assert body_of(b'{"reque', b'sts": [{"k": 1}, 7]}') == [{"k": 1}, 7]


@pytest.mark.parametrize(
    ("chunks", "left", "detail"),
    [
        ([b"nonsense"], False, "the body is not JSON"),
        ([b" " * batching.BODY_MAX, b" "], False, "the body is longer than 8388608 bytes"),
        ([b'{"requests": ['], True, "the client left"),
    ],
)
def test_a_refused_body_is_a_value(chunks, left, detail):
    [refusal] = body_of(*chunks, left=left)

    assert isinstance(refusal, Problem)
    assert refusal.status == 400
    assert refusal.detail.startswith(detail)


def test_each_item_has_its_outcome_in_its_place(slot):
    refusal = Problem("about:blank", "Bad Request", 400, "of another client's body")
    items = [{"customer_id": "ana", "k": 1}, 7, refusal, {"mode": "guess"}, {"k": 2}]

    ana, seven, other, guess, anybody = batching.answer_batch(slot, items)

    assert [item.product_id for item in ana["items"]] == ["tea"]
    assert ana["model"] == slot.current().reference
    assert (seven["status"], seven["type"]) == (400, "/docs#invalid-request")
    assert other is refusal
    assert (guess["status"], guess["type"]) == (400, "/docs#unknown-mode")
    assert [item.product_id for item in anybody["items"]] == ["cola", "tea"]


def test_an_empty_batch():
    assert batching.answer_batch(Slot(), []) == []


def test_without_a_model_whole_requests_are_refused():
    values = batching.answer_batch(Slot(), [{}, {}])

    assert [(type(value), value.status) for value in values] == [(Problem, 503)] * 2
    assert answered(values).status_code == 503


def test_answers_become_an_array_with_the_models_headers(slot):
    response = answered(batching.answer_batch(slot, [{"k": 1}, 7]))

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-model-digest"] == slot.current().reference.digest
    first, second = json.loads(response.body)
    assert first["items"] == [
        {"product_id": "cola", "name": "Cola", "category": "drinks", "rank": 1, "score": 3.0}
    ]
    assert first["model"]["digest"] == slot.current().reference.digest
    assert second["detail"].startswith("the request is 7")


def test_headers_name_a_model_only_where_all_answers_agree():
    one, other = Reference("1", "sha256:1"), Reference("2", "sha256:2")

    assert answered([{"model": one}, {"model": one}]).headers["x-model-version"] == "1"
    assert "x-model-version" not in answered([{"model": one}, {"model": other}]).headers
    assert "x-model-version" not in answered([]).headers
