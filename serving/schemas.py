"""The forms of requests: from what a client sends to a question that a model can be asked.

Only the form is judged here; whether the model has a mode or a category is the model's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson

from recommender.errors import CutOffError
from recommender.query import K_DEFAULT, K_MAX, Query
from serving import fields
from serving.errors import RequestError
from serving.fields import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIELDS = (
    "customer_id",
    "k",
    "mode",
    "categories",
    "exclude",
    "candidates",
    "basket",
    "explain",
    "rules",
)
PARAMETERS = ("k", "mode", "category", "exclude", "candidate", "basket", "explain", "rules")
LIST_PARAMETERS = ("k", "category", "exclude")  # of lists that are of no customer
REQUESTS_MAX = 1000  # items in a body
PRODUCTS_MAX = 100_000  # that the items of a body ask for in all: answers of about 15 MB
REPEATS_MAX = 100  # of one parameter: the server reads URLs of up to 64 KiB
MODE_DEFAULT = "discover"

_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_DIGITS = re.compile(r"[0-9]{1,9}")
_BODY_FORM = '{"requests": [{"customer_id": "...", "k": 30}, ...]}'
_KNOWN_FIELDS = frozenset(FIELDS)
_REPLACEMENT = "\ufffd"  # what the server makes of bytes that are no UTF-8
_ENCODED_REPLACEMENT = b"%EF%BF%BD"

Parameters = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A question for a list that is of no customer: popular products, or similar ones."""

    k: int
    categories: tuple[str, ...]
    exclude: tuple[str, ...]


def id_of_path(name: str, value: str, raw_path: bytes) -> str:
    """Return the id that stands in a path.

    Parameters
    ----------
    name
        What errors call it.
    value
        Decoded.
    raw_path
        The path as it was sent.

    Raises
    ------
    RequestError
        If it is empty, too long, or not UTF-8.
    """
    if _REPLACEMENT in value and _ENCODED_REPLACEMENT not in raw_path.upper():
        raise RequestError(f"{name} in the path is not UTF-8; percent-encode the bytes of UTF-8")
    return fields.id_(name, value)


def parameters_of(query_string: bytes, known: Sequence[str]) -> Parameters:
    """Return the values of each parameter of a query string, in their order.

    Raises
    ------
    RequestError
        If a parameter is none of the ``known``, or not UTF-8.
    """
    if not query_string:
        return {}
    try:
        pairs = parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise _not_utf8(query_string) from None
    given: Parameters = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    for name in given:
        if name not in known:
            raise _unknown("parameter", name, known)
    return given


def query_of_url(customer_id: str, given: Parameters) -> Query:
    """Return the query that a customer's id and the parameters ask.

    Raises
    ------
    RequestError
        If a parameter is given twice where once is allowed, too often, or of the wrong form.
    CutOffError
        If ``k`` is not a whole number.
    """
    if not given:
        return Query(customer_id)
    mode = _single(given, "mode")
    return Query(
        customer_id,
        _k_of(given),
        MODE_DEFAULT if mode is None else fields.text("mode", mode),
        _several(given, "category"),
        _several(given, "exclude"),
        _several(given, "basket"),
        _several(given, "candidate") if "candidate" in given else None,
        _truth(given, "explain"),
        "rules" in given and fields.explains(_single(given, "rules")),
    )


def list_query_of_url(given: Parameters) -> ListQuery:
    """Return the question for popular or similar products that the parameters ask.

    Raises
    ------
    RequestError
        If a parameter is given twice where once is allowed, too often, or of the wrong form.
    CutOffError
        If ``k`` is not a whole number.
    """
    return ListQuery(_k_of(given), _several(given, "category"), _several(given, "exclude"))


def query_of_item(item: object) -> Query:
    """Return the query that one item of a POST asks.

    Raises
    ------
    RequestError
        If it is not an object, or a field is unknown or of the wrong form.
    CutOffError
        If ``k`` is not a whole number.
    """
    if not isinstance(item, dict):
        raise RequestError(
            f"the request is {shown(item)}; it must be an object with the fields "
            f"{', '.join(FIELDS)}"
        )
    if not item.keys() <= _KNOWN_FIELDS:
        raise _unknown("field", next(name for name in item if name not in FIELDS), FIELDS)
    customer_id = item.get("customer_id")
    return Query(
        None if customer_id is None else fields.id_("customer_id", customer_id),
        fields.cut_off(item.get("k", K_DEFAULT)),
        fields.text("mode", item.get("mode", MODE_DEFAULT)),
        fields.texts(item, "categories"),
        fields.texts(item, "exclude"),
        fields.texts(item, "basket"),
        fields.texts(item, "candidates") if "candidates" in item else None,
        fields.flag(item, "explain"),
        "rules" in item and fields.explains(item["rules"]),
    )


def queries_of_body(body: bytes) -> list[Query | Exception]:
    """Return the query that each item of a POST's body asks, or the error for it.

    Nothing else of the body is kept: what its JSON becomes may take 33 times its bytes.

    Raises
    ------
    RequestError
        If the body is not ``{"requests": [...]}`` with at most 1,000 items, or these ask for too
        many products.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"the body is not JSON ({error}); send {_BODY_FORM}") from None
    if not isinstance(content, dict) or content.keys() != {"requests"}:
        raise RequestError(f"the body is {shown(content)}; send {_BODY_FORM} and no other field")
    requests = content["requests"]
    if not isinstance(requests, list):
        raise RequestError(f"requests is {shown(requests)}; it must be a list: {_BODY_FORM}")
    if len(requests) > REQUESTS_MAX:
        raise RequestError(
            f"requests has {len(requests)} items; at most {REQUESTS_MAX} are allowed: send several "
            "bodies"
        )
    queries = [_query_or_error(item) for item in requests]
    n_products = sum(_n_products(query) for query in queries)
    if n_products > PRODUCTS_MAX:
        raise RequestError(
            f"the requests ask for {n_products} products in all (k of each); at most "
            f"{PRODUCTS_MAX} are allowed: send several bodies"
        )
    return queries


def _query_or_error(item: object) -> Query | Exception:
    try:
        return query_of_item(item)
    except (RequestError, CutOffError) as error:
        return error.with_traceback(None)  # which would keep the item


def _n_products(query: Query | Exception) -> int:
    if isinstance(query, Query) and 0 < query.k <= K_MAX:
        return query.k
    return 0  # it is refused in its place


def _unknown(what: str, name: str, known: Iterable[str]) -> RequestError:
    return RequestError(f"{what} {shown(name)} is unknown; allowed: {', '.join(known) or 'none'}")


def _not_utf8(query_string: bytes) -> RequestError:
    text = query_string.decode(errors="replace")
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        if _REPLACEMENT in name or _REPLACEMENT in value:
            break
    return RequestError(
        f"parameter {shown(name)} is {shown(value)}, which is not UTF-8; percent-encode the bytes "
        "of UTF-8"
    )


def _single(given: Parameters, name: str) -> str | None:
    values = given.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise RequestError(f"{name} is given {len(values)} times; give it once")
    return values[0]


def _several(given: Parameters, name: str) -> tuple[str, ...]:
    values = given.get(name)
    if values is None:
        return ()
    if len(values) > REPEATS_MAX:
        raise RequestError(
            f"{name} is given {len(values)} times; at most {REPEATS_MAX} are allowed, and "
            f"{fields.VALUES_MAX} in a POST"
        )
    return tuple(fields.text(name, value) for value in values)


def _truth(given: Parameters, name: str) -> bool:
    value = _single(given, name)
    if value is None:
        return False
    if value not in _TRUTH:
        raise RequestError(f"{name} is {shown(value)}; it must be true or false")
    return _TRUTH[value]


def _k_of(given: Parameters) -> int:
    k = _single(given, "k")
    return K_DEFAULT if k is None else fields.cut_off(int(k) if _DIGITS.fullmatch(k) else k)
