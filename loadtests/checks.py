"""What must hold for an answer, whichever model gave it."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recommender.query import Query

ANSWER_FIELDS = {
    "customer_id",
    "known",
    "mode",
    "k",
    "strategy",
    "model",
    "rules_digest",
    "items",
}
ITEM_FIELDS = {"product_id", "name", "category", "rank", "score"}
PROBLEM_FIELDS = {"type", "title", "status", "detail"}

# One product of float32 numbers may be summed in another order in a batch or on a GPU.
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5

Json = dict[str, Any]


def answer_faults(answer: Any, query: Query) -> list[str]:
    """Return what is wrong with an answer to a query; nothing if it is right.

    Parameters
    ----------
    answer
        The decoded JSON.
    """
    if not isinstance(answer, dict) or answer.keys() != ANSWER_FIELDS:
        return [f"not an answer's form: {answer!r:.200}"]
    faults = [
        f"{name} is {answer[name]!r}, asked was {asked!r}"
        for name, asked in [
            ("customer_id", query.customer_id),
            ("mode", query.mode),
            ("k", query.k),
        ]
        if answer[name] != asked
    ]
    if not answer["known"] and answer["strategy"] != "popular":
        faults.append(f"an unknown customer's strategy is {answer['strategy']!r}, not 'popular'")
    return faults + _list_faults(answer["items"], query)


def _list_faults(items: Sequence[Json], query: Query) -> list[str]:
    if any(item.keys() != ITEM_FIELDS for item in items):
        return [f"not an item's form: {items!r:.200}"]
    ids = [item["product_id"] for item in items]
    wanted = query.categories or {item["category"] for item in items}
    held = {
        f"{len(items)} items for k = {query.k}": len(items) <= query.k,
        "a product stands twice": len(set(ids)) == len(ids),
        "ranks do not count from 1": [item["rank"] for item in items]
        == list(range(1, len(items) + 1)),
        "scores are not descending": all(
            one["score"] >= next_["score"] for one, next_ in itertools.pairwise(items)
        ),
        "a product is of another category": all(item["category"] in wanted for item in items),
        "an excluded product is there": not set(ids) & set(query.exclude),
    }
    return [fault for fault, holds in held.items() if not holds]


def header_faults(headers: Mapping[str, str], model: Json) -> list[str]:
    """Return where the headers do not name the model that the body names."""
    return [
        f"header {name} is {headers.get(name)!r}, the body says {model[field]!r}"
        for name, field in [("X-Model-Version", "version"), ("X-Model-Digest", "digest")]
        if headers.get(name) != model[field]
    ]


def problem_faults(problem: Any, status: int) -> list[str]:
    """Return what is wrong with an error."""
    if not isinstance(problem, dict) or problem.keys() != PROBLEM_FIELDS:
        return [f"not a problem's form: {problem!r:.200}"]
    wrong = problem["status"] != status
    return [f"its status is {problem['status']}, not {status}"] if wrong else []


def difference(found: Sequence[Json], expected: Sequence[Json]) -> list[str]:
    """Return how two ranked lists differ by more than rounding.

    Products whose scores are equal but for rounding may change places, with each other and with
    those just beyond the end of the list.
    """
    if len(found) != len(expected):
        return [f"{len(found)} items, expected {len(expected)}"]
    ours, theirs = ({item["product_id"]: item for item in items} for items in (found, expected))
    faults = []
    for product in ours | theirs:
        one = ours.get(product, found[-1])
        other = theirs.get(product, expected[-1])
        if not _close(one["score"], other["score"]):
            faults.append(f"product {product!r}: {one['score']}, expected {other['score']}")
        elif one["product_id"] == other["product_id"] and _called(one) != _called(other):
            faults.append(f"product {product!r}: {_called(one)}, expected {_called(other)}")
    return faults


def _called(item: Json) -> tuple[str, str | None]:
    return item["name"], item["category"]


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
