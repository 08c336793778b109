"""The values of questions, one at a time: their types and their bounds.

Every string and every list is bounded, and a refusal names the field, what was given and what is
allowed. What is no value of its field raises RequestError; of ``k``, CutOffError.
"""

from __future__ import annotations

from typing import Any

import orjson

from recommender.errors import CutOffError
from recommender.query import K_MAX
from serving.errors import RequestError

VALUES_MAX = 1000  # ids or categories in a list of a body
TEXT_MAX = 512  # characters of an id, a category or a mode
EXPLAIN_RULES = "explain"

_SHOWN = 60  # characters of a refused value that an error repeats


def shown(value: object) -> str:
    """Return a value as an error repeats it: as JSON, and not all of a long one."""
    if isinstance(value, str):
        value = value[:_SHOWN]  # the rest of a long one need not be encoded
    try:
        encoded = orjson.dumps(value).decode()
    except TypeError:  # nested deeper than it writes, though not than it reads
        return f"a deeply nested {type(value).__name__}"
    return encoded if len(encoded) <= _SHOWN else encoded[:_SHOWN] + "..."


def cut_off(value: object) -> int:
    """Return how many products are asked for; the model judges the bounds."""
    if type(value) is not int:  # a bool is an int, too, and no number of products
        raise CutOffError(f"k is {shown(value)}; it must be a whole number from 1 to {K_MAX}")
    return value


def id_(name: str, value: object) -> str:
    """Return an id: text of at least one character."""
    if value == "":
        raise RequestError(f'{name} is ""; it must be a string of 1 to {TEXT_MAX} characters')
    return text(name, value)


def text(name: str, value: object) -> str:
    """Return text of at most 512 characters."""
    if isinstance(value, str) and len(value) <= TEXT_MAX:
        return value
    given = f"of {len(value)} characters" if isinstance(value, str) else shown(value)
    raise RequestError(f"{name} is {given}; it must be a string of at most {TEXT_MAX} characters")


def texts(item: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return the texts of an item's list; none if it has none."""
    values = item.get(name, [])
    if not isinstance(values, list):
        raise RequestError(f"{name} is {shown(values)}; it must be a list of strings")
    if len(values) > VALUES_MAX:
        raise RequestError(f"{name} has {len(values)} values; at most {VALUES_MAX} are allowed")
    for place, value in enumerate(values):
        if not isinstance(value, str) or len(value) > TEXT_MAX:
            text(f"{name}[{place}]", value)
    return tuple(values)


def flag(item: dict[str, Any], name: str) -> bool:
    """Return a truth value of an item; False if it has none."""
    value = item.get(name, False)
    if not isinstance(value, bool):
        raise RequestError(f"{name} is {shown(value)}; it must be true or false")
    return value


def explains(value: object) -> bool:
    """Return whether rules are to be explained: the one value there is says so."""
    if value != EXPLAIN_RULES:
        raise RequestError(f'rules is {shown(value)}; it must be "{EXPLAIN_RULES}" or left out')
    return True
