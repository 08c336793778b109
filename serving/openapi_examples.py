"""Examples in the OpenAPI document: what the market of docs/http.md asks and is answered."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

CUSTOMER_ID = "ana"
PRODUCT_ID = "coffee"

_BY_WHAT: Example = {
    "model": {
        "version": "d12db3ad",
        "digest": "sha256:d12db3ad29e4066892ae5f460b36f4585135aac5c95b178f3a2ad2183402eda8",
        "stale": False,
    },
    "rules_digest": None,
}
_MILK: Example = {"product_id": "milk", "name": "Milk", "category": "dairy", "rank": 1}
_JAM: Example = {"product_id": "jam/1", "name": "Strawberry jam", "category": None, "rank": 2}
_BUTTER: Example = {"product_id": "butter", "name": "Butter", "category": "dairy", "rank": 1}
_BUN: Example = {"product_id": "bun", "name": "Butter bun", "category": "bakery", "rank": 1}

RECOMMENDATIONS: Example = {
    "customer_id": CUSTOMER_ID,
    "known": True,
    "mode": "discover",
    "k": 2,
    "strategy": "personal",
    **_BY_WHAT,
    "items": [
        _MILK | {"score": 1.366025447845459},
        _JAM | {"score": 1.279700517654419},
    ],
}
REQUESTS: Example = {
    "requests": [
        {"customer_id": CUSTOMER_ID, "k": 2},
        {"basket": ["tea", "juice"], "k": 1, "explain": True},
        {"k": 0},
    ]
}
ANSWERS: list[Example] = [
    RECOMMENDATIONS,
    {
        "customer_id": None,
        "known": False,
        "mode": "discover",
        "k": 1,
        "strategy": "basket",
        **_BY_WHAT,
        "items": [
            _BUTTER
            | {
                "score": 2.956955671310425,
                "reasons": [
                    {
                        "product_id": "juice",
                        "name": "Apple juice",
                        "contribution": 1.5235843658447266,
                    },
                    {
                        "product_id": "tea",
                        "name": "Green tea",
                        "contribution": 1.0773367881774902,
                    },
                ],
            },
        ],
        "explanation": {
            "scorers": ["goes-with"],
            "others": ["popularity"],
            "parts": [
                {"products": 2.600921154022217, "features": 0.0, "others": 0.356034517288208}
            ],
        },
    },
    {
        "type": "/docs#invalid-k",
        "title": "k is out of bounds",
        "status": 400,
        "detail": "k is 0; it must be a whole number from 1 to 500",
    },
]
POPULAR: Example = {"k": 1, **_BY_WHAT, "items": [_MILK | {"score": 4.0}]}
SIMILAR: Example = {
    "product_id": PRODUCT_ID,
    "k": 1,
    **_BY_WHAT,
    "items": [_BUN | {"score": 0.6299408078193665}],
}
DESCRIPTION: Example = {
    "name": None,
    "version": "d12db3ad",
    "digest": "sha256:d12db3ad29e4066892ae5f460b36f4585135aac5c95b178f3a2ad2183402eda8",
    "stale": False,
    "uri": "market",
    "device": "cpu",
    "n_customers": 7,
    "n_products": 8,
    "n_categories": 3,
    "modes": {
        "discover": {"goes-with": 1.0, "popularity": 0.125},
        "mixed": {"goes-with": 1.0},
        "rebuy": {"popularity": 1.0},
    },
    "metrics": {},
    "lineage": {"seed": 0},
    "examples": {
        "customer_ids": ["ana", "ben", "cleo"],
        "categories": ["bakery", "dairy", "drinks"],
    },
}
PROBLEM: Example = {
    "type": "/docs#unknown-category",
    "title": "The catalogue has no such category",
    "status": 400,
    "detail": "category 'toys' is not in the catalogue, which has 3: 'bakery', 'dairy', 'drinks'",
}
