"""Lists of products: popular ones, similar ones, and what may stand in them."""

from urllib.parse import quote

import pytest

# By how many bought them; ties in the order of the catalogue.
POPULAR = ["milk", "bread", "butter", "coffee", "tea", "bun", "jam/1", "juice"]


def ids(response):
    assert response.status_code == 200, response.text
    return [item["product_id"] for item in response.json()["items"]]


def similar(client, product_id, parameters=""):
    return client.get(f"/v1/products/{quote(product_id, safe='')}/similar{parameters}")


def test_popular_products_in_full(client):
    response = client.get("/v1/products/popular?k=2")

    answer = response.json()
    assert response.headers["x-model-digest"] == answer["model"]["digest"]
    assert answer.keys() == {"k", "model", "rules_digest", "items"}
    assert (answer["k"], answer["rules_digest"]) == (2, None)
    assert answer["items"] == [
        {"product_id": "milk", "name": "Milk", "category": "dairy", "rank": 1, "score": 4.0},
        {"product_id": "bread", "name": "Rye bread", "category": "bakery", "rank": 2, "score": 3.0},
    ]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("", POPULAR),
        ("?category=dairy&category=bakery", ["milk", "bread", "butter", "bun"]),
        ("?exclude=milk&exclude=unheard%20of&k=2", ["bread", "butter"]),
    ],
)
def test_what_is_popular(client, parameters, expected):
    assert ids(client.get(f"/v1/products/popular{parameters}")) == expected


def test_similar_products_in_full(client):
    answer = similar(client, "jam/1", "?k=3").json()

    assert answer.keys() == {"product_id", "k", "model", "rules_digest", "items"}
    assert (answer["product_id"], answer["k"]) == ("jam/1", 3)
    assert [item["rank"] for item in answer["items"]] == [1, 2, 3]
    assert "jam/1" not in {item["product_id"] for item in answer["items"]}


def test_what_is_similar_can_be_narrowed(client):
    everything = ids(similar(client, "milk", "?k=500"))
    narrowed = ids(similar(client, "milk", "?category=bakery&exclude=bun"))

    assert narrowed == [product for product in everything if product == "bread"]


@pytest.mark.parametrize(
    "path",
    ["jam/2", "popular", "", "a/similar", "../milk", "jam/1 ", "漢字", "a\nb"],
)
def test_an_unknown_product_is_not_found(client, path):
    response = similar(client, path)

    problem = response.json()
    if path:
        assert (response.status_code, problem["type"]) == (404, "/docs#unknown-product")
        assert repr(path) in problem["detail"]
    else:
        assert (response.status_code, problem["type"]) == (400, "/docs#invalid-request")
        assert 'product_id is ""' in problem["detail"]


@pytest.mark.parametrize("path", ["/v1/products/popular", "/v1/products/milk/similar"])
@pytest.mark.parametrize(
    ("parameters", "type_", "said"),
    [
        ("k=0", "invalid-k", "k is 0; "),
        ("k=1&k=1", "invalid-request", "k is given 2 times"),
        ("mode=rebuy", "invalid-request", '"mode" is unknown; allowed: k, category, exclude'),
        ("category=toys", "unknown-category", "category 'toys' is not in the catalogue"),
    ],
)
def test_a_list_is_refused(client, path, parameters, type_, said):
    response = client.get(f"{path}?{parameters}")

    assert response.status_code == 400
    assert response.json()["type"] == f"/docs#{type_}"
    assert said in response.json()["detail"]


def test_rules_hold_for_lists_too(ruled):
    assert "juice" not in ids(ruled.get("/v1/products/popular"))
    assert "juice" not in ids(similar(ruled, "tea"))
    assert ruled.get("/v1/products/popular").json()["rules_digest"].startswith("sha256:")
