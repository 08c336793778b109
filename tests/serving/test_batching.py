import asyncio
import gzip
import json
from dataclasses import asdict, replace

import pytest
from starlette.requests import Request

from recommender.query import Query
from serving import answering, batching, schemas
from serving.batching import ITEMS, Asked
from serving.problems import Problem
from serving.snapshot import Reference, Slot


def asking(items, accept_encoding=None):
    body = json.dumps({"requests": items}).encode()
    return Asked(schemas.queries_of_body(body), accept_encoding)


def answered(slot, *requests):
    """Answer lists of items in one batch."""
    return asyncio.run(batching.answer_batch(slot, [asking(items) for items in requests]))


def batch(slot, *requests):
    """Answer likewise; return the values, decoded."""
    return [
        outcome if isinstance(outcome, Problem) else decoded(outcome)
        for outcome in answered(slot, *requests)
    ]


def decoded(outcome):
    return [json.loads(value) for value in outcome.values]


def ids(answer):
    return [item["product_id"] for item in answer["items"]]


def response_to(outcome):
    return asyncio.run(batching.Answers.to_http_response([outcome], None))


def test_a_request_is_one_element_however_many_items_it_has():
    scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")], ITEMS: [Query("ana")]}

    element = asyncio.run(batching.Requests.from_http_request(Request(scope), None))

    assert element.requests == [Asked([Query("ana")], "gzip")]


def test_each_item_has_its_outcome_in_its_place(slot):
    [[ana, seven, guess, anybody]] = batch(
        slot, [{"customer_id": "ana", "k": 1}, 7, {"mode": "guess"}, {"k": 2}]
    )

    assert ids(ana) == ["tea"]
    assert ana["model"] == asdict(slot.current().reference)
    assert (seven["status"], seven["type"]) == (400, "/docs#invalid-request")
    assert (guess["status"], guess["type"]) == (400, "/docs#unknown-mode")
    assert ids(anybody) == ["cola", "tea"]


def test_each_request_gets_its_own(slot):
    first, second, third = batch(slot, [{"k": 1}], [], [{"k": 2}, 7])

    assert [value["k"] for value in first] == [1]
    assert second == []
    assert third[0]["k"] == 2
    assert third[1]["status"] == 400


@pytest.mark.parametrize(("weight_max", "calls"), [(2_000_000, 4), (600_000, 11), (1, 301)])
def test_many_items_are_scored_in_several_calls_and_others_are_served_between(
    slot, monkeypatch, weight_max, calls
):
    monkeypatch.setattr(answering, "WEIGHT_MAX", weight_max)
    turns = []

    async def others():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def both():
        other = asyncio.create_task(others())
        items = [{"k": 1 + i % 3} for i in range(301)]
        [answered] = await batching.answer_batch(slot, [asking(items)])
        other.cancel()
        return decoded(answered)

    values = asyncio.run(both())

    assert [value["k"] for value in values] == [1 + i % 3 for i in range(301)]
    assert calls <= len(turns) <= calls + 1


def test_a_fault_of_one_item_is_nobody_elses_and_logged_once(slot, monkeypatch, caplog):
    real = answering.recommend

    def failing(model, queries, rules):
        if any(query.customer_id == "fault" for query in queries):
            raise ZeroDivisionError
        return real(model, queries, rules)

    monkeypatch.setattr(answering, "recommend", failing)
    [first, second] = batch(
        slot, [{"customer_id": "ana"}, {"customer_id": "fault"}, {"k": 0}], [{"k": 1}]
    )

    assert ids(first[0]) == ["tea", "rye"]
    assert (first[1]["status"], first[1]["type"]) == (500, "about:blank")
    assert first[2]["type"] == "/docs#invalid-k"
    assert ids(second[0]) == ["cola"]
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]


def test_a_batch_takes_the_model_once(slot, snapshot):
    async def swap_meanwhile():
        asked = [asking([{}] * 250), asking([{}])]
        answering = asyncio.create_task(batching.answer_batch(slot, asked))
        await asyncio.sleep(0)
        slot.put(replace(snapshot, reference=Reference("next", "sha256:next")))
        return await answering

    answers = asyncio.run(swap_meanwhile())

    named = [value["model"] for one in answers for value in decoded(one)]
    assert named == [asdict(snapshot.reference)] * 251
    assert [one.snapshot for one in answers] == [snapshot, snapshot]


def test_without_a_model_whole_requests_are_refused():
    for outcome in batch(Slot(), [{}, 7], []):
        assert isinstance(outcome, Problem)
        assert response_to(outcome).status_code == 503


def test_answers_become_an_array_with_the_models_headers(slot):
    [outcome] = answered(slot, [7, {"k": 1}])
    response = response_to(outcome)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-model-digest"] == slot.current().reference.digest
    first, second = json.loads(response.body)
    assert first["detail"].startswith("the request is 7")
    assert second["items"] == [
        {"product_id": "cola", "name": "Cola", "category": "drinks", "rank": 1, "score": 3.0}
    ]
    assert second["model"]["digest"] == slot.current().reference.digest


def test_no_answers_are_an_empty_array(slot):
    [outcome] = answered(slot, [])

    assert response_to(outcome).body == b"[]"


def test_large_answers_are_compressed_for_who_takes_that(slot):
    [small, large, plain] = asyncio.run(
        batching.answer_batch(
            slot, [asking([{}], "gzip"), asking([{}] * 100, "gzip"), asking([{}] * 100)]
        )
    )

    assert "content-encoding" not in response_to(small).headers
    response = response_to(large)
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(response.body) == response_to(plain).body


def test_a_deeply_nested_item_spoils_no_neighbour(slot):
    nested = "[" * 600 + "]" * 600
    body = f'{{"requests": [{{"customer_id": "ana"}}, {{"customer_id": {nested}}}]}}'
    queries = schemas.queries_of_body(body.encode())
    [values] = map(decoded, asyncio.run(batching.answer_batch(slot, [Asked(queries, None)])))
    assert values[0]["customer_id"] == "ana"
    assert values[1]["detail"].startswith(
        "customer_id is a deeply nested list; it must be a string"
    )
