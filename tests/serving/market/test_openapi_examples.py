"""The examples in the OpenAPI document are what the market asks and is answered."""

from urllib.parse import quote

import pytest

from serving import openapi
from serving import openapi_examples as examples

VARYING = {"digest", "version", "uri"}


def same(found, example):
    """Tell whether an answer is the example, but for what depends on versions and places."""
    if isinstance(example, dict):
        return found.keys() >= example.keys() and all(
            name in VARYING or same(found[name], value) for name, value in example.items()
        )
    if isinstance(example, list):
        return len(found) == len(example) and all(map(same, found, example))
    return found == (pytest.approx(example) if isinstance(example, float) else example)


@pytest.mark.parametrize(
    ("path", "example"),
    [
        (f"/v1/customers/{examples.CUSTOMER_ID}/recommendations?k=2", examples.RECOMMENDATIONS),
        ("/v1/products/popular?k=1", examples.POPULAR),
        (f"/v1/products/{quote(examples.PRODUCT_ID)}/similar?k=1", examples.SIMILAR),
        ("/v1/model", examples.DESCRIPTION),
        ("/v1/products/popular?category=toys", examples.PROBLEM),
    ],
)
def test_an_example_of_a_get_is_what_is_answered(client, path, example):
    assert same(client.get(path).json(), example)


def test_the_example_of_a_post_is_what_is_answered(client):
    answers = client.post(openapi.BATCH, json=examples.REQUESTS).json()

    assert same(answers, examples.ANSWERS)


def test_every_answer_in_json_has_an_example():
    for route, methods in openapi.DOCUMENT["paths"].items():
        for operation in methods.values():
            for content in operation["responses"]["200"].get("content", {}).values():
                assert "example" in content or route == "/metrics"
