"""The OpenAPI document of the service.

BentoML's own document knows nothing of the routes beside it, so this one is written here; a test
holds it against the running service.
"""

from __future__ import annotations

from typing import Any

from serving import openapi_examples as examples
from serving.openapi_schemas import (
    FLAG,
    ID,
    MODE,
    REPEATED,
    RULES,
    SCHEMAS,
    STRING,
    K,
    Schema,
    ref,
)
from serving.problems import MEDIA_TYPE
from serving.schemas import PRODUCTS_MAX

RECOMMENDATIONS = "/v1/customers/{customer_id}/recommendations"
BATCH = "/v1/recommendations"
POPULAR = "/v1/products/popular"
SIMILAR = "/v1/products/{product_id}/similar"

_RECOMMENDATIONS, _SERVICE = "recommendations", "the service itself"

_MODEL_HEADERS: dict[str, Schema] = {
    "X-Model-Version": {"schema": STRING, "required": True},
    "X-Model-Digest": {"schema": STRING, "required": True},
    "X-Model-Stale": {"schema": {"type": "string", "enum": ["true"]}},
}
_CACHE_HEADERS: dict[str, Schema] = {
    "ETag": {
        "schema": STRING,
        "required": True,
        "description": "Of the model and the rules: send it as If-None-Match, and as long as they "
        "are the same the answer is 304, at next to no cost.",
    },
    "Cache-Control": {"schema": STRING, "required": True},
    "Vary": {"schema": STRING, "required": True},
}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _in_path(name: str, example: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": ID,
        "example": example,
        "description": description,
    }


def _json(description: str, schema: Schema, headers: Schema, example: object) -> Schema:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"description": description, "content": content, "headers": headers}


def _problem(description: str, example: Schema | None = None) -> Schema:
    content: Schema = {"schema": ref("Problem")} | ({"example": example} if example else {})
    return {"description": description, "content": {MEDIA_TYPE: content}}


def _refused_url() -> Schema:
    refusal = _problem(
        "A parameter is unknown or not allowed; the detail says which. A URL of more than 64 KiB "
        "is refused before it is read, in plain text.",
        examples.PROBLEM,
    )
    refusal["content"]["text/plain"] = {"schema": STRING}
    return refusal


_REFUSALS = ("401", "403")  # of keys, where the service has some
_FAILURES = {
    "401": "No key was given, or one that is not known.",
    "403": "The key may not do this.",
    "429": "Too much is waiting already; Retry-After says when to ask again.",
    "500": "A fault of the service; its log says which.",
    "503": "No model is in service yet, or the service is overloaded; the detail says which.",
}


_OF_POST = {
    "408": _problem("The body did not arrive in time."),
    "415": _problem("The body is said to be a pickle."),
    "504": _problem("It took longer than 30 s."),
}


def _answers(**of_route: Schema) -> Schema:
    """Return the answers of a route: its own, by ``_STATUS``, and those that any may give."""
    own = {status.removeprefix("_"): answer for status, answer in of_route.items()}
    return own | {status: {"$ref": f"#/components/responses/{status}"} for status in _FAILURES}


def _get(
    operation: str,
    summary: str,
    description: str,
    *,
    parameters: list[Schema],
    schema: str,
    example: Schema,
    **refusals: Schema,
) -> Schema:
    """Return the description of a route whose answers may be kept."""
    return {
        "get": {
            "summary": summary,
            "description": description,
            "operationId": operation,
            "tags": [_RECOMMENDATIONS],
            "parameters": parameters,
            "responses": _answers(
                _200=_json("The answer.", ref(schema), _MODEL_HEADERS | _CACHE_HEADERS, example),
                _304={"description": "The kept answer still holds.", "headers": _CACHE_HEADERS},
                _400=_refused_url(),
                **refusals,
            ),
        }
    }


_K = _query("k", K, "How many products at most.")
_CATEGORY = _query("category", REPEATED, "Only products of this category; repeatable.")
_EXCLUDE = _query("exclude", REPEATED, "A product id to leave out; repeatable.")

_PATHS: dict[str, Schema] = {
    RECOMMENDATIONS: _get(
        "recommend_to_customer",
        "Recommend products to a customer",
        "Somebody whom the model does not know gets what goes with the basket, or what is popular.",
        parameters=[
            _in_path(
                "customer_id",
                examples.CUSTOMER_ID,
                "The market's own id; in a URL percent-encoded, slashes too.",
            ),
            _K,
            _query(
                "mode",
                MODE,
                "discover: never bought by the customer; rebuy: bought before; mixed: both.",
            ),
            _CATEGORY,
            _EXCLUDE,
            _query("candidate", REPEATED, "Rank only this product id; repeatable."),
            _query("basket", REPEATED, "A product id in hand: it counts as bought; repeatable."),
            _query("explain", FLAG, "Give the reasons of each item."),
            _query("rules", RULES, "explain: tell what each business rule left out."),
        ],
        schema="Answer",
        example=examples.RECOMMENDATIONS,
    ),
    BATCH: {
        "post": {
            "summary": "Recommend products to many customers",
            "description": "Answers in the order of the requests. An error of one request stands "
            "in its place and spoils no other answer. In all they may ask for at most "
            f"{PRODUCTS_MAX:,} products.",
            "operationId": "recommend",
            "tags": [_RECOMMENDATIONS],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": ref("Requests"), "example": examples.REQUESTS}
                },
            },
            "responses": _answers(
                _200=_json(
                    "One answer or problem a request.",
                    {"type": "array", "items": {"oneOf": [ref("Answer"), ref("Problem")]}},
                    _MODEL_HEADERS,
                    examples.ANSWERS,
                ),
                _400=_problem("The body is not of the form."),
            )
            | _OF_POST,
        }
    },
    POPULAR: _get(
        "popular_products",
        "List what is popular",
        "What somebody of whom nothing is known is recommended.",
        parameters=[_K, _CATEGORY, _EXCLUDE],
        schema="PopularProducts",
        example=examples.POPULAR,
    ),
    SIMILAR: _get(
        "similar_products",
        "List products similar to one",
        "For the page of a product: what may go with it or stand in for it.",
        parameters=[
            _in_path(
                "product_id",
                examples.PRODUCT_ID,
                "The market's own id; in a URL percent-encoded, slashes too.",
            ),
            _K,
            _CATEGORY,
            _EXCLUDE,
        ],
        schema="SimilarProducts",
        example=examples.SIMILAR,
        _404=_problem("The catalogue has no such product."),
    ),
    "/v1/model": {
        "get": {
            "summary": "Describe the model in service",
            "description": "Where it comes from, how good it is, and some ids to try it with.",
            "operationId": "describe_model",
            "tags": [_SERVICE],
            "responses": _answers(
                _200=_json(
                    "The description.", ref("Description"), _MODEL_HEADERS, examples.DESCRIPTION
                ),
                _400=_problem("It takes no parameter."),
            ),
        }
    },
    "/metrics": {
        "get": {
            "summary": "Tell Prometheus what was counted",
            "operationId": "metrics",
            "tags": [_SERVICE],
            "responses": {
                "200": {
                    "description": "The metrics.",
                    "content": {"text/plain": {"schema": STRING}},
                },
                **{status: {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS},
            },
        }
    },
    "/livez": {
        "get": {
            "summary": "Say whether the process runs",
            "operationId": "livez",
            "tags": [_SERVICE],
            "security": [],
            "responses": {"200": {"description": "It runs."}},
        }
    },
    "/readyz": {
        "get": {
            "summary": "Say whether a model is in service",
            "operationId": "readyz",
            "tags": [_SERVICE],
            "security": [],
            "responses": {
                "200": {"description": "It is."},
                "503": {"$ref": "#/components/responses/503"},
            },
        }
    },
}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": "Estante",
        "version": "1",
        "description": "Product recommendations. Every error is a problem detail (RFC 9457) that "
        "says what was given, what is allowed and what to do.",
    },
    "paths": _PATHS,
    "components": {
        "schemas": SCHEMAS,
        "responses": {status: _problem(text) for status, text in _FAILURES.items()},
        "securitySchemes": {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "Only where the service has keys.",
            }
        },
    },
    "security": [{}, {"key": []}],
}
