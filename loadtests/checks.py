"""What must hold for an answer, whichever model gave it."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    asked_for = {"explanation": query.explain, "rules": query.explain_rules}
    fields = ANSWER_FIELDS | {name for name, asked in asked_for.items() if asked}
    if not isinstance(answer, dict) or answer.keys() != fields:
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
    possible = {"basket", "popular"} if query.basket else {"popular"}
    if not answer["known"] and answer["strategy"] not in possible:
        faults.append(
            f"an unknown customer's strategy is {answer['strategy']!r}, not "
            + " or ".join(map(repr, sorted(possible)))
        )
    return faults + _items_faults(answer["items"], query)


def _items_faults(items: Sequence[Json], query: Query) -> list[str]:
    fields = ITEM_FIELDS | {"reasons"} if query.explain else ITEM_FIELDS
    if any(item.keys() != fields for item in items):
        return [f"not an item's form: {items!r:.200}"]
    faults = _ranking_faults(items, query.k, query.exclude)
    ids = {item["product_id"] for item in items}
    wanted = query.categories or {item["category"] for item in items}
    held = {
        "a product is of another category": all(item["category"] in wanted for item in items),
        "a product is no candidate": query.candidates is None or ids <= {*query.candidates},
        "a product in the basket is new": query.mode != "discover" or not ids & {*query.basket},
    }
    return faults + [fault for fault, holds in held.items() if not holds]


def _ranking_faults(items: Sequence[Json], k: int, exclude: Iterable[str]) -> list[str]:
    ids = [item["product_id"] for item in items]
    held = {
        f"{len(items)} items for k = {k}": len(items) <= k,
        "a product stands twice": len(set(ids)) == len(ids),
        "ranks do not count from 1": [item["rank"] for item in items]
        == list(range(1, len(items) + 1)),
        "scores are not descending": all(
            one["score"] >= next_["score"] for one, next_ in itertools.pairwise(items)
        ),
        "an excluded product is there": not {*ids} & {*exclude},
    }
    return [fault for fault, holds in held.items() if not holds]


def list_faults(
    answer: Any, product_id: str | None, k: int, exclude: Iterable[str] = ()
) -> list[str]:
    """Return what is wrong with a list of products similar to one, or popular if it is None."""
    asked = {"k": k} if product_id is None else {"k": k, "product_id": product_id}
    fields = {"model", "rules_digest", "items", *asked}
    if not isinstance(answer, dict) or answer.keys() != fields:
        return [f"not a list's form: {answer!r:.200}"]
    if any(item.keys() != ITEM_FIELDS for item in answer["items"]):
        return [f"not an item's form: {answer['items']!r:.200}"]
    faults = [
        f"{name} is {answer[name]!r}, asked was {value!r}"
        for name, value in asked.items()
        if answer[name] != value
    ]
    if product_id in {item["product_id"] for item in answer["items"]}:
        faults.append("a product is similar to itself")
    return faults + _ranking_faults(answer["items"], k, exclude)


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


def difference(found: Sequence[Json], expected: Sequence[Json], number: str = "score") -> list[str]:
    """Return how two ranked lists differ by more than rounding.

    Products whose numbers are equal but for rounding may change places, with each other and with
    those just beyond the end of the list.

    Parameters
    ----------
    number
        What they are ranked by.
    """
    if len(found) != len(expected):
        return [f"{len(found)} items, expected {len(expected)}"]
    ours, theirs = ({item["product_id"]: item for item in items} for items in (found, expected))
    faults = []
    for product in ours | theirs:
        one = ours.get(product, found[-1])
        other = theirs.get(product, expected[-1])
        if not _close(one[number], other[number]):
            faults.append(f"product {product!r}: {one[number]}, expected {other[number]}")
        elif one["product_id"] == other["product_id"] and _called(one) != _called(other):
            faults.append(f"product {product!r}: {_called(one)}, expected {_called(other)}")
    return faults


def _called(item: Json) -> tuple[str, str | None]:
    return item["name"], item.get("category")


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
