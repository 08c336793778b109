"""Many questions in a body, and many at once."""

import asyncio
from urllib.parse import quote

import httpx
import pytest

from recommender import artifact
from recommender.query import Query
from recommender.recommend import recommend

BATCH = "/v1/recommendations"
ITEM = ("product_id", "name", "category", "rank", "score")


def ids(answer):
    return [item["product_id"] for item in answer["items"]]


def path(customer, parameters=""):
    return f"/v1/customers/{quote(customer, safe='')}/recommendations{parameters}"


def problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content.keys() == {"type", "title", "status", "detail"}
    assert content["status"] == status
    return content


def test_a_batch_answers_as_the_single_questions_do(client):
    asked = [
        {"customer_id": "nobody", "k": 2},
        {"customer_id": "ana", "categories": ["bread"]},
        {"customer_id": "bo/1 x", "exclude": ["nut"], "k": 500},
        {"customer_id": "ana", "mode": "rebuy"},
        {"customer_id": "cy é", "mode": "mixed"},
    ]
    paths = [
        path("nobody", "?k=2"),
        path("ana", "?category=bread"),
        path("bo/1 x", "?exclude=nut&k=500"),
        path("ana", "?mode=rebuy"),
        path("cy é", "?mode=mixed"),
    ]

    answers = client.post(BATCH, json={"requests": asked}).json()

    assert answers == [client.get(one).json() for one in paths]


def test_a_bad_item_spoils_no_other(client):
    wrong = [
        7,
        None,
        "ana",
        {"k": "3"},
        {"k": True},
        {"k": 501},
        {"customer_id": 7},
        {"mode": "guess"},
        {"categories": ["toys"]},
        {"colour": "red"},
    ]
    asked = [item for bad in wrong for item in (bad, {"customer_id": "ana", "k": 1})]

    response = client.post(BATCH, json={"requests": asked})

    assert response.status_code == 200
    answers = response.json()
    assert [ids(answer) for answer in answers[1::2]] == [["tea"]] * len(wrong)
    assert all(bad.keys() == {"type", "title", "status", "detail"} for bad in answers[::2])
    assert [bad["status"] for bad in answers[::2]] == [400] * len(wrong)
    details = [bad["detail"] for bad in answers[::2]]
    assert "must be an object with the fields customer_id, k, mode" in details[0]
    assert details[3] == 'k is "3"; it must be a whole number from 1 to 500'
    assert "allowed: customer_id, k, mode, categories, exclude" in details[9]


def test_somebody_without_an_id(client):
    [answer] = client.post(BATCH, json={"requests": [{"k": 1}]}).json()

    assert answer["customer_id"] is None
    assert (answer["known"], answer["strategy"], ids(answer)) == (False, "popular", ["milk"])


def test_no_requests_get_no_answers(client):
    response = client.post(BATCH, json={"requests": []})

    assert (response.status_code, response.json()) == (200, [])


def test_a_batch_larger_than_a_scoring_call_keeps_its_order(client):
    asked = [{"customer_id": ["ana", "bo/1 x"][i % 2], "k": 1 + i % 4} for i in range(1000)]

    answers = client.post(BATCH, json={"requests": asked}).json()

    expected = {"ana": ["tea", "bun", "milk", "nut"], "bo/1 x": ["nut", "tea", "bun", "cola"]}
    assert [ids(answer) for answer in answers] == [
        expected[item["customer_id"]][: item["k"]] for item in asked
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[]", 'send {"requests": '),
        (b'{"customers": []}', 'send {"requests": '),
        (b'{"requests": [], "k": 3}', "no other field"),
        (b'{"requests": "ana"}', "it must be a list"),
        (b'{"requests": [' + b"0," * 1000 + b"0]}", "at most 1000 are allowed"),
        (b" " * (2 * 2**20 + 1), "the body is longer than 2097152 bytes"),
    ],
)
def test_a_body_is_refused_without_noise(running, client, body, said):
    log = running[3]
    size = log.stat().st_size

    refusal = problem(client.post(BATCH, content=body), 400)

    assert refusal["type"] == "/docs#invalid-request"
    assert said in refusal["detail"]
    assert log.stat().st_size == size


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_the_body_is_read_as_json_whatever_it_is_called(client, media_type):
    body = b'{"requests": [{"customer_id": "ana", "k": 1}]}'

    response = client.post(BATCH, content=body, headers={"Content-Type": media_type})

    assert ids(response.json()[0]) == ["tea"]


def test_many_at_once_all_get_their_own_answers(running):
    url, folder, _, _ = running
    model = artifact.load(folder).model
    customers, modes = ["ana", "bo/1 x", "cy é", "nobody"], ["discover", "rebuy", "mixed"]
    queries = [Query(customers[i % 4], 1 + i % 6, modes[i % 3]) for i in range(96)]
    expected = [
        [{name: getattr(item, name) for name in ITEM} for item in answer.items]
        for answer in recommend(model, queries)
    ]

    async def ask_one(client, query):
        response = await client.get(path(query.customer_id, f"?k={query.k}&mode={query.mode}"))
        return response.json()["items"]

    async def ask_batch(client, some):
        items = [{"customer_id": q.customer_id, "k": q.k, "mode": q.mode} for q in some]
        response = await client.post(BATCH, json={"requests": items})
        return [answer["items"] for answer in response.json()]

    async def ask_all():
        limits = httpx.Limits(max_connections=128)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
            ones = [ask_one(client, query) for query in queries]
            batches = [ask_batch(client, queries[i : i + 3]) for i in range(0, 96, 3)]
            return await asyncio.gather(asyncio.gather(*ones), asyncio.gather(*batches))

    ones, batches = asyncio.run(ask_all())

    assert ones == expected
    assert [items for batch in batches for items in batch] == expected
