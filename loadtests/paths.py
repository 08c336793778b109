"""Questions as they go over HTTP: paths with their parameters, and the items of a batch."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from recommender.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterable

BATCH = "/v1/recommendations"
POPULAR = "/v1/products/popular"

_DEFAULTS = {field.name: field.default for field in fields(Query)}


def path_of(query: Query) -> str:
    """Return the path and query string that ask a query."""
    encoded = quote(query.customer_id or "", safe="")
    parameters = [("k", str(query.k))]
    parameters += [("mode", query.mode)] if query.mode != _DEFAULTS["mode"] else []
    parameters += _repeated("category", query.categories)
    parameters += _repeated("exclude", query.exclude)
    parameters += _repeated("basket", query.basket)
    parameters += _repeated("candidate", query.candidates or ())
    parameters += [("explain", "true")] if query.explain else []
    parameters += [("rules", "explain")] if query.explain_rules else []
    return f"/v1/customers/{encoded}/recommendations?{urlencode(parameters)}"


def item_of(query: Query) -> dict[str, Any]:
    """Return the item of a batch that asks a query; what is by default is left out."""
    item = {name: value for name, value in asdict(query).items() if value != _DEFAULTS.get(name)}
    if item.pop("explain_rules", False):
        item["rules"] = "explain"
    return item | {"k": query.k}


def list_path(product_id: str | None, k: int, exclude: Iterable[str] = ()) -> str:
    """Return the path that asks for products similar to one; for popular ones if it is None."""
    path = POPULAR if product_id is None else f"/v1/products/{quote(product_id, safe='')}/similar"
    return f"{path}?{urlencode([('k', str(k)), *_repeated('exclude', exclude)])}"


def key_headers() -> dict[str, str]:
    """Return the headers that show the key in ESTANTE_API_KEY; none without one."""
    key = os.environ.get("ESTANTE_API_KEY")
    return {"Authorization": f"Bearer {key}"} if key else {}


def _repeated(name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for value in values]
