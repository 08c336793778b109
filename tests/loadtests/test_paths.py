import pytest

from loadtests import paths
from recommender.query import Query

EVERYTHING = Query(
    "a/b é",
    7,
    "rebuy",
    ("x & y",),
    ("p1", "p2"),
    ("p3",),
    ("p4", "p5"),
    explain=True,
    explain_rules=True,
)


def test_the_path_of_a_query():
    assert paths.path_of(EVERYTHING) == (
        "/v1/customers/a%2Fb%20%C3%A9/recommendations"
        "?k=7&mode=rebuy&category=x+%26+y&exclude=p1&exclude=p2&basket=p3"
        "&candidate=p4&candidate=p5&explain=true&rules=explain"
    )
    assert paths.path_of(Query("ana", 7)) == "/v1/customers/ana/recommendations?k=7"


def test_the_item_of_a_query():
    assert paths.item_of(EVERYTHING) == {
        "customer_id": "a/b é",
        "k": 7,
        "mode": "rebuy",
        "categories": ("x & y",),
        "exclude": ("p1", "p2"),
        "basket": ("p3",),
        "candidates": ("p4", "p5"),
        "explain": True,
        "rules": "explain",
    }
    assert paths.item_of(Query(None)) == {"customer_id": None, "k": 30}
    assert paths.item_of(Query("ana", candidates=()))["candidates"] == ()


def test_the_path_of_a_list():
    assert paths.list_path(None, 3) == "/v1/products/popular?k=3"
    assert paths.list_path("a/b", 3, ["c d"]) == "/v1/products/a%2Fb/similar?k=3&exclude=c+d"


@pytest.mark.parametrize(("key", "headers"), [("", {}), ("k", {"Authorization": "Bearer k"})])
def test_the_key_is_shown(monkeypatch, key, headers):
    monkeypatch.setenv("ESTANTE_API_KEY", key)

    assert paths.key_headers() == headers
