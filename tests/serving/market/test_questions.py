"""What a customer's recommendations can be asked with: baskets, candidates, reasons, rules."""

import numpy as np
import pytest

BATCH = "/v1/recommendations"
ANA = "/v1/customers/ana/recommendations"


def ids(answer):
    return [item["product_id"] for item in answer["items"]]


def both_ways(client, item, parameters):
    """Ask by URL and by body; the answers are the same."""
    customer = item.get("customer_id", "nobody")
    one = client.get(f"/v1/customers/{customer}/recommendations{parameters}")
    [other] = client.post(BATCH, json={"requests": [{"customer_id": "nobody"} | item]}).json()
    assert one.json() == other
    return other


def test_a_basket_tells_what_a_stranger_wants(client):
    answer = both_ways(client, {"basket": ["jam/1"]}, "?basket=jam/1")

    assert (answer["known"], answer["strategy"]) == (False, "basket")
    assert ids(answer)[:3] == ["bread", "butter", "milk"]
    assert "jam/1" not in ids(answer)


def test_somebody_without_an_id_may_have_a_basket(client):
    [answer] = client.post(BATCH, json={"requests": [{"basket": ["tea"]}]}).json()

    assert (answer["customer_id"], answer["known"]) == (None, False)
    assert answer["strategy"] == "basket"


def test_a_basket_counts_as_bought_and_an_unknown_product_in_it_says_nothing(client):
    answer = both_ways(
        client, {"customer_id": "ana", "basket": ["tea", "?"]}, "?basket=tea&basket=%3F"
    )

    assert answer["strategy"] == "personal"
    assert not {"bread", "butter", "tea"} & set(ids(answer))
    assert both_ways(client, {"basket": ["?"]}, "?basket=%3F")["strategy"] == "popular"


def test_only_candidates_are_ranked(client):
    answer = both_ways(
        client,
        {"customer_id": "ana", "candidates": ["tea", "bread", "juice", "?"]},
        "?candidate=tea&candidate=bread&candidate=juice&candidate=%3F",
    )

    assert set(ids(answer)) == {"tea", "juice"}
    [none] = client.post(BATCH, json={"requests": [{"candidates": []}]}).json()
    assert none["items"] == []


def test_reasons_are_what_the_score_is_the_sum_of(client):
    answer = both_ways(client, {"customer_id": "ana", "explain": True}, "?explain=true")

    explanation = answer["explanation"]
    assert (explanation["scorers"], explanation["others"]) == (["goes-with"], ["popularity"])
    for item, parts in zip(answer["items"], explanation["parts"], strict=True):
        assert {reason["product_id"] for reason in item["reasons"]} <= {"bread", "butter"}
        because = sum(reason["contribution"] for reason in item["reasons"])
        assert np.isclose(because, parts["products"])
        assert np.isclose(sum(parts.values()), item["score"])


def test_what_nobody_asked_for_is_not_told(client):
    answer = client.get(ANA).json()

    assert not {"explanation", "rules", "unmet"} & answer.keys()
    assert not any("reasons" in item for item in answer["items"])


def test_each_rule_tells_what_it_left_out(ruled):
    item = {"customer_id": "ben", "rules": "explain"}
    answer = both_ways(ruled, item, "?rules=explain")

    left_out = {
        one["rule"]: {item["product_id"] for item in one["items"]} for one in answer["rules"]
    }
    assert "juice" in left_out["exclude_products"]
    assert "juice" not in ids(answer)
    assert answer["rules_digest"].startswith("sha256:")


def test_without_rules_none_left_anything_out(client):
    assert client.get(f"{ANA}?rules=explain").json()["rules"] == []


@pytest.mark.parametrize("k", [1, 3, 500])
def test_rules_cap_a_category(ruled, k):
    answer = ruled.get(f"/v1/customers/new/recommendations?k={k}").json()

    categories = [item["category"] for item in answer["items"]]
    assert all(categories.count(name) <= 2 for name in categories if name)
