"""What a question for one customer is answered."""

from urllib.parse import quote

import pytest

BATCH = "/v1/recommendations"
POPULAR = ["milk", "rye", "cola", "tea", "bun", "nut"]


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


def test_an_answer_in_full(client, digest):
    response = client.get(path("ana", "?k=2"))

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "customer_id": "ana",
        "known": True,
        "mode": "discover",
        "k": 2,
        "strategy": "personal",
        "model": {"version": digest[7:15], "digest": digest, "stale": False},
        "rules_digest": None,
        "items": [
            {
                "product_id": "tea",
                "name": "Green tea",
                "category": "drinks",
                "rank": 1,
                "score": 3.0,
            },
            {"product_id": "bun", "name": "Bun", "category": "bread", "rank": 2, "score": 2.0},
        ],
    }


@pytest.mark.parametrize(
    ("customer", "parameters", "expected"),
    [
        ("ana", "", ["tea", "bun", "milk", "nut"]),
        ("ana", "?k=500", ["tea", "bun", "milk", "nut"]),
        ("ana", "?mode=rebuy", ["rye", "cola"]),
        ("ana", "?mode=mixed&k=3", ["cola", "rye", "tea"]),
        ("ana", "?category=bread", ["bun"]),
        ("ana", "?category=bread&category=drinks", ["tea", "bun", "milk"]),
        ("ana", "?exclude=tea&exclude=milk", ["bun", "nut"]),
        ("ana", "?exclude=never%20heard%20of", ["tea", "bun", "milk", "nut"]),
        ("ana", "?mode=rebuy&exclude=rye&exclude=cola", []),
        ("bo/1 x", "", ["nut", "tea", "bun", "cola", "rye"]),
        ("cy é", "", POPULAR),
        ("nobody", "", POPULAR),
        ("nobody", "?category=drinks", ["milk", "cola", "tea"]),
    ],
)
def test_what_is_recommended(client, customer, parameters, expected):
    assert ids(client.get(path(customer, parameters)).json()) == expected


@pytest.mark.parametrize(
    ("customer", "known", "strategy"),
    [
        ("ana", True, "personal"),
        ("bo/1 x", True, "personal"),
        ("cy é", True, "popular"),
        ("nobody", False, "popular"),
        ("ana/recommendations", False, "popular"),
        ("a?k=1&b#c%2F", False, "popular"),
        ("漢字/../ %25", False, "popular"),
    ],
)
def test_ids_are_any_text(client, customer, known, strategy):
    answer = client.get(path(customer)).json()

    assert answer["customer_id"] == customer
    assert (answer["known"], answer["strategy"]) == (known, strategy)


def test_headers_name_the_model_of_the_body(client, digest):
    body = {"requests": [{"customer_id": "ana"}, 7]}
    for response in (client.get(path("ana")), client.post(BATCH, json=body)):
        assert response.headers["x-model-version"] == digest[7:15]
        assert response.headers["x-model-digest"] == digest


@pytest.mark.parametrize(
    ("parameters", "type_", "said"),
    [
        ("?k=0", "/docs#invalid-k", "k is 0; it must be a whole number from 1 to 500"),
        ("?k=501", "/docs#invalid-k", "k is 501; "),
        ("?k=ten", "/docs#invalid-k", 'k is "ten"; '),
        ("?k=1&k=2", "/docs#invalid-request", "k is given 2 times"),
        ("?mode=guess", "/docs#unknown-mode", "mode is 'guess'; this model has discover, "),
        ("?category=toys", "/docs#unknown-category", "category 'toys' is not in the catalogue"),
        ("?category=", "/docs#unknown-category", "category '' is not in the catalogue"),
        ("?colour=red", "/docs#invalid-request", "allowed: k, mode, category, exclude"),
        ("?explain=yes", "/docs#invalid-request", 'explain is "yes"; it must be true or false'),
    ],
)
def test_a_question_is_refused(client, parameters, type_, said):
    refusal = problem(client.get(path("ana", parameters)), 400)

    assert refusal["type"] == type_
    assert said in refusal["detail"]


def test_a_question_without_a_customer_is_refused(client):
    assert "customer_id" in problem(client.get(path("")), 400)["detail"]
