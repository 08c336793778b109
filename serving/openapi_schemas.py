"""The forms of requests and answers as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any

from recommender.query import K_DEFAULT, K_MAX
from serving.fields import EXPLAIN_RULES, TEXT_MAX, VALUES_MAX
from serving.schemas import MODE_DEFAULT, REPEATS_MAX, REQUESTS_MAX

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
NULLABLE: Schema = {"type": "string", "nullable": True}
TEXT: Schema = {"type": "string", "maxLength": TEXT_MAX}
ID: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
TEXTS: Schema = {"type": "array", "items": TEXT, "maxItems": VALUES_MAX}
REPEATED: Schema = {"type": "array", "items": TEXT, "maxItems": REPEATS_MAX}
K: Schema = {"type": "integer", "minimum": 1, "maximum": K_MAX, "default": K_DEFAULT}
MODE: Schema = {
    "type": "string",
    "enum": ["discover", "rebuy", "mixed"],
    "default": MODE_DEFAULT,
}
FLAG: Schema = {"type": "boolean", "default": False}
RULES: Schema = {"type": "string", "enum": [EXPLAIN_RULES]}


def ref(name: str) -> Schema:
    """Return a reference to one of :data:`SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema, description: str) -> Schema:
    """Return the form of a list."""
    return {"type": "array", "items": items, "description": description}


def described(schema: Schema, description: str) -> Schema:
    """Return a form with what it means."""
    return schema | {"description": description}


def obj(properties: Schema, optional: tuple[str, ...] = (), *, closed: bool = True) -> Schema:
    """Return the form of an object; a closed one has no other field."""
    schema: Schema = {"type": "object", "properties": properties}
    required = [name for name in properties if name not in optional]
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema


_ITEM: Schema = {
    "product_id": STRING,
    "name": STRING,
    "category": NULLABLE,
    "rank": {"type": "integer", "minimum": 1},
    "score": {"type": "number", "description": "Compares only within one answer."},
}
_BY_WHAT: Schema = {
    "model": ref("Model"),
    "rules_digest": described(NULLABLE, "Of the business rules in force; null without any."),
}
_REQUEST: Schema = {
    "customer_id": described(ID | {"nullable": True}, "Null or absent for somebody without an id."),
    "k": K,
    "mode": MODE,
    "categories": described(TEXTS, "Only products of these; all if there are none."),
    "exclude": described(TEXTS, "Product ids to leave out."),
    "candidates": described(TEXTS, "Rank only these product ids; absent: the whole catalogue."),
    "basket": described(TEXTS, "Product ids in hand: they count as bought."),
    "explain": described(FLAG, "Give the reasons of each item."),
    "rules": described(RULES, "explain: tell what each business rule left out."),
}
_STRATEGY: Schema = {
    "type": "string",
    "enum": ["personal", "basket", "popular"],
    "description": "personal: from the customer's own purchases, and the basket; basket: from the "
    "basket alone; popular: there is neither to go by.",
}

SCHEMAS: dict[str, Schema] = {
    "Item": obj(
        _ITEM | {"reasons": array(ref("Reason"), "Only if asked for; largest first.")},
        ("reasons",),
    ),
    "Reason": described(
        obj({"product_id": STRING, "name": STRING, "contribution": {"type": "number"}}),
        "A product, bought or in the basket, and what it adds to the score.",
    ),
    "Model": obj(
        {
            "version": STRING,
            "digest": STRING,
            "stale": {
                "type": "boolean",
                "description": "A newer model may exist, that could not be asked for or loaded.",
            },
        }
    ),
    "Explanation": described(
        obj(
            {
                "scorers": array(STRING, "Those that the reasons are of."),
                "others": array(STRING, "Those of the mode that give none."),
                "parts": array(ref("ScoreParts"), "One an item, in their order."),
            }
        ),
        "How far the reasons go.",
    ),
    "ScoreParts": described(
        obj({name: {"type": "number"} for name in ("products", "features", "others")}),
        "What an item's score is the sum of: what was bought or is in the basket, what else the "
        "same scorers know of the purchases, and the other scorers.",
    ),
    "LeftOut": described(
        obj({"rule": STRING, "items": array(obj(_ITEM), "With their ranks without any rule.")}),
        "What one business rule left out of this answer.",
    ),
    "Answer": obj(
        {
            "customer_id": NULLABLE,
            "known": {"type": "boolean", "description": "Whether the model knows the customer."},
            "mode": MODE,
            "k": K,
            "strategy": _STRATEGY,
            **_BY_WHAT,
            "items": array(ref("Item"), "Best first; fewer than k where fewer may be recommended."),
            "explanation": ref("Explanation"),
            "rules": array(ref("LeftOut"), "Only if asked for."),
        },
        ("explanation", "rules"),
    ),
    "PopularProducts": obj({"k": K, **_BY_WHAT, "items": array(ref("Item"), "Best first.")}),
    "SimilarProducts": obj(
        {
            "product_id": STRING,
            "k": K,
            **_BY_WHAT,
            "items": array(ref("Item"), "Most similar first."),
        }
    ),
    "Request": obj(_REQUEST, tuple(_REQUEST)),
    "Requests": obj(
        {"requests": {"type": "array", "maxItems": REQUESTS_MAX, "items": ref("Request")}}
    ),
    "Problem": obj(
        {
            "type": described(STRING, "For programs; the page at this place says more."),
            "title": STRING,
            "status": {"type": "integer"},
            "detail": described(STRING, "What was given, what is allowed, what to do."),
        }
    ),
    "Description": obj(
        {
            "name": NULLABLE,
            "version": STRING,
            "digest": STRING,
            "stale": {"type": "boolean"},
            "uri": STRING,
            "device": STRING,
            "n_customers": {"type": "integer"},
            "n_products": {"type": "integer"},
            "n_categories": {"type": "integer"},
            "modes": {"type": "object", "description": "The weight of each scorer in each mode."},
            "metrics": {"type": "object"},
            "lineage": {"type": "object"},
            "examples": {"type": "object", "description": "Ids to try the service with."},
        },
        closed=False,
    ),
}
