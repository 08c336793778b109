"""The OpenAPI document of the service, and the page that shows it.

BentoML's own document knows nothing of mounted routes, so this one is written here, beside them;
a test holds it against the running service.
"""

from __future__ import annotations

from typing import Any

from recommender.query import K_DEFAULT, K_MAX
from serving.problems import KINDS, MEDIA_TYPE
from serving.schemas import MODE_DEFAULT, REQUESTS_MAX

_STRING = {"type": "string"}
_NULLABLE = {"type": "string", "nullable": True}
_STRINGS = {"type": "array", "items": _STRING}
_K = {"type": "integer", "minimum": 1, "maximum": K_MAX, "default": K_DEFAULT}
_MODE = {"type": "string", "enum": ["discover", "rebuy", "mixed"], "default": MODE_DEFAULT}
_MODEL_HEADERS = {name: {"schema": _STRING} for name in ("X-Model-Version", "X-Model-Digest")}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(
    properties: dict[str, Any], optional: tuple[str, ...] = (), *, closed: bool = False
) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    schema = {"type": "object", "properties": properties} | (
        {"required": required} if required else {}
    )
    return schema | ({"additionalProperties": False} if closed else {})


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _json(description: str, schema: dict[str, Any], *, named: bool = False) -> dict[str, Any]:
    headers = {name: {"schema": _STRING} for name in ("X-Model-Version", "X-Model-Digest")}
    content = {"application/json": {"schema": schema}}
    return {"description": description, "content": content} | (
        {"headers": headers} if named else {}
    )


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}


_NOT_READY = _problem("No model is in service yet; the detail says why.")

_SCHEMAS = {
    "Item": _object(
        {
            "product_id": _STRING,
            "name": _STRING,
            "category": _NULLABLE,
            "rank": {"type": "integer", "minimum": 1},
            "score": {"type": "number", "description": "Compares only within one answer."},
        }
    ),
    "Model": _object(
        {
            "version": _STRING,
            "digest": _STRING,
            "stale": {"type": "boolean", "description": "A newer model could not be loaded."},
        }
    ),
    "Answer": _object(
        {
            "customer_id": _NULLABLE,
            "known": {"type": "boolean", "description": "Whether the model knows the customer."},
            "mode": _MODE,
            "k": _K,
            "strategy": {
                "type": "string",
                "enum": ["personal", "popular"],
                "description": "personal: from the customer's own purchases; popular: there "
                "are none to go by.",
            },
            "model": _ref("Model"),
            "rules_digest": _NULLABLE,
            "items": {
                "type": "array",
                "items": _ref("Item"),
                "description": "Best first; fewer than k where fewer may be recommended.",
            },
        }
    ),
    "Request": _object(
        {
            "customer_id": _NULLABLE,
            "k": _K,
            "mode": _MODE,
            "categories": _STRINGS,
            "exclude": _STRINGS,
        },
        ("customer_id", "k", "mode", "categories", "exclude"),
        closed=True,
    ),
    "Requests": _object(
        {"requests": {"type": "array", "maxItems": REQUESTS_MAX, "items": _ref("Request")}},
        closed=True,
    ),
    "Problem": _object(
        {"type": _STRING, "title": _STRING, "status": {"type": "integer"}, "detail": _STRING}
    ),
}

_PATHS = {
    "/v1/customers/{customer_id}/recommendations": {
        "get": {
            "summary": "Recommend products to a customer",
            "operationId": "recommend_to_customer",
            "parameters": [
                {
                    "name": "customer_id",
                    "in": "path",
                    "required": True,
                    "schema": _STRING,
                    "description": "Percent-encoded; an unknown customer gets what is popular.",
                },
                _query("k", _K, "How many products at most."),
                _query(
                    "mode",
                    _MODE,
                    "discover: never bought by the customer; rebuy: bought before; mixed: both.",
                ),
                _query("category", _STRINGS, "Only products of this category; repeatable."),
                _query("exclude", _STRINGS, "A product id to leave out; repeatable."),
            ],
            "responses": {
                "200": _json("The recommendations.", _ref("Answer"), named=True),
                "400": _problem("A parameter is unknown or not allowed; the detail says which."),
                "503": _NOT_READY,
            },
        }
    },
    "/v1/recommendations": {
        "post": {
            "summary": "Recommend products to many customers",
            "description": "Answers in the order of the requests. An error of one request stands "
            "in its place and spoils no other answer.",
            "operationId": "recommend",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Requests")}},
            },
            "responses": {
                "200": _json(
                    "One answer or problem a request.",
                    {"type": "array", "items": {"oneOf": [_ref("Answer"), _ref("Problem")]}},
                    named=True,
                ),
                "400": _problem("The body is not of the form."),
                "503": _NOT_READY,
            },
        }
    },
    "/v1/model": {
        "get": {
            "summary": "Describe the model in service",
            "description": "Where it comes from, how good it is, and some ids to try it with.",
            "operationId": "describe_model",
            "responses": {
                "200": _json("The description.", {"type": "object"}, named=True),
                "503": _NOT_READY,
            },
        }
    },
    "/livez": {
        "get": {
            "summary": "Say whether the process runs",
            "operationId": "livez",
            "responses": {"200": {"description": "It runs."}},
        }
    },
    "/readyz": {
        "get": {
            "summary": "Say whether a model is in service",
            "operationId": "readyz",
            "responses": {"200": {"description": "It is."}, "503": _NOT_READY},
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
    "components": {"schemas": _SCHEMAS},
}

_ERRORS = "\n".join(
    f'<dt id="{slug}"><code>/docs#{slug}</code></dt><dd>{status.value}: {title}.</dd>'
    for status, slug, title in KINDS.values()
)

# BentoML carries Swagger UI and serves it: the page needs no other host.
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Estante</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static_content/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<noscript>The document is at <a href="openapi.json">openapi.json</a>.</noscript>
<section class="swagger-ui wrapper">
<h2>Types of errors</h2>
<dl>
{_ERRORS}
</dl>
</section>
<script src="static_content/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{url: "openapi.json", dom_id: "#page", deepLinking: true}})</script>
</body>
</html>
"""
