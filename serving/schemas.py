"""The forms of requests and answers: from what a client sends to a query, from an answer to JSON.

Only the form is judged here; whether the model has a mode or a category is the model's to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from recommender.errors import CutOffError
from recommender.query import K_DEFAULT, K_MAX, Query
from serving.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recommender.query import Answer
    from serving.snapshot import Reference

PARAMETERS = ("k", "mode", "category", "exclude")
FIELDS = ("customer_id", "k", "mode", "categories", "exclude")
REQUESTS_MAX = 1000
MODE_DEFAULT = "discover"

_DIGITS = re.compile(r"[0-9]{1,9}")
_SHOWN = 60  # characters of a refused value that an error repeats
_BODY_FORM = '{"requests": [{"customer_id": "...", "k": 30}, ...]}'


def query_of_url(customer_id: str, parameters: Iterable[tuple[str, str]]) -> Query:
    """Return the query that a path and a query string ask.

    Parameters
    ----------
    customer_id
        Decoded.
    parameters
        Names and values in the order of the query string, decoded.

    Raises
    ------
    RequestError
        If a parameter is unknown, given twice where once is allowed, or of the wrong form.
    CutOffError
        If ``k`` is not a whole number.
    """
    given: dict[str, list[str]] = {}
    for name, value in parameters:
        given.setdefault(name, []).append(value)
    _require_known(given, PARAMETERS, "parameter")
    k, mode = _single(given, "k"), _single(given, "mode")
    return Query(
        _customer_id(customer_id),
        K_DEFAULT if k is None else _k(int(k) if _DIGITS.fullmatch(k) else k),
        MODE_DEFAULT if mode is None else mode,
        tuple(given.get("category", ())),
        tuple(given.get("exclude", ())),
    )


def query_of_item(item: object) -> Query:
    """Return the query that one item of a POST asks.

    Raises
    ------
    RequestError
        If it is not an object, or a field is unknown or of the wrong type.
    CutOffError
        If ``k`` is not a whole number.
    """
    if not isinstance(item, dict):
        raise RequestError(
            f"the request is {_shown(item)}; it must be an object with the fields "
            f"{', '.join(FIELDS)}"
        )
    _require_known(item, FIELDS, "field")
    return Query(
        _customer_id(item.get("customer_id")),
        _k(item.get("k", K_DEFAULT)),
        _text(item, "mode", MODE_DEFAULT),
        _texts(item, "categories"),
        _texts(item, "exclude"),
    )


def requests_of_body(body: bytes) -> list[Any]:
    """Return the items of a POST's body, not yet judged.

    Raises
    ------
    RequestError
        If the body is not ``{"requests": [...]}`` with at most 1,000 items.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"the body is not JSON ({error}); send {_BODY_FORM}") from None
    if not isinstance(content, dict) or content.keys() != {"requests"}:
        raise RequestError(f"the body is {_shown(content)}; send {_BODY_FORM} and no other field")
    requests = content["requests"]
    if not isinstance(requests, list):
        raise RequestError(f"requests is {_shown(requests)}; it must be a list: {_BODY_FORM}")
    if len(requests) > REQUESTS_MAX:
        raise RequestError(
            f"requests has {len(requests)} items; at most {REQUESTS_MAX} are allowed: send several "
            "bodies"
        )
    return requests


def answer_body(answer: Answer, model: Reference) -> dict[str, Any]:
    """Return an answer in the form that clients get; its items are encoded as they are."""
    return {
        "customer_id": answer.customer_id,
        "known": answer.known,
        "mode": answer.mode,
        "k": answer.k,
        "strategy": answer.strategy,
        "model": model,
        "rules_digest": None,
        "items": answer.items,
    }


def _require_known(given: Iterable[str], known: tuple[str, ...], what: str) -> None:
    for name in given:
        if name not in known:
            raise RequestError(f"{what} {_shown(name)} is unknown; allowed: {', '.join(known)}")


def _single(given: dict[str, list[str]], name: str) -> str | None:
    values = given.get(name, [])
    if len(values) > 1:
        raise RequestError(f"{name} is given {len(values)} times; give it once")
    return values[0] if values else None


def _customer_id(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    raise RequestError(
        f"customer_id is {_shown(value)}; it must be a string of at least one character"
    )


def _k(value: object) -> int:
    if type(value) is not int:  # a bool is an int, too, and no number of products
        raise CutOffError(f"k is {_shown(value)}; it must be a whole number from 1 to {K_MAX}")
    return value


def _text(item: dict[str, Any], name: str, default: str) -> str:
    value = item.get(name, default)
    if not isinstance(value, str):
        raise RequestError(f"{name} is {_shown(value)}; it must be a string")
    return value


def _texts(item: dict[str, Any], name: str) -> tuple[str, ...]:
    values = item.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RequestError(f"{name} is {_shown(values)}; it must be a list of strings")
    return tuple(values)


def _shown(value: object) -> str:
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # nested deeper than it writes, though not than it reads
        return f"a deeply nested {type(value).__name__}"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
