"""Parameters by their names: those of estimators, some of which are tables of parameters."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from training.errors import ConfigError

Names = tuple[str, ...]
"""The names from the outermost table in, as ``("ease", "l2")``."""

ABSENT: Any = object()
"""What :func:`value_at` gives for a key that a free table does not have, but may."""


def value_at(parameters: Any, names: Names, free: Sequence[str] = ()) -> Any:
    """Return the value of a parameter.

    Parameters
    ----------
    parameters
        An estimator, or any dataclass or mapping; so may its values be, and theirs.
    names
        At least one.
    free
        The keys that mappings may have besides those that they have.

    Raises
    ------
    ConfigError
        Naming the nearest parameter, if there is none of that name.
    """
    value = parameters
    for depth, name in enumerate(names):
        table = _table(value)
        allowed = [*table, *(free if isinstance(value, Mapping) else ())]
        if name not in allowed:
            raise ConfigError(_unknown(names[: depth + 1], allowed))
        value = table.get(name, ABSENT)
    return value


def is_table(value: Any) -> bool:
    """Tell whether a parameter holds parameters itself."""
    return isinstance(value, Mapping) or is_dataclass(value)


def with_values(parameters: Mapping[str, Any], values: Mapping[Names, Any]) -> dict[str, Any]:
    """Return nested tables of parameters with some values set; what is given stays as it is."""
    changed = dict(parameters)
    for (name, *rest), value in values.items():
        inner = {tuple(rest): value}
        changed[name] = with_values(changed.get(name, {}), inner) if rest else value
    return changed


def _table(value: Any) -> Mapping[str, Any]:
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return value if isinstance(value, Mapping) else {}


def _unknown(names: Names, allowed: Sequence[str]) -> str:
    name, place = names[-1], ".".join(names[:-1])
    close = difflib.get_close_matches(name, allowed, n=1, cutoff=0.4)
    meant = f"did you mean {'.'.join([*names[:-1], close[0]])}? " if close else ""
    has = f"{place or 'the estimator'} has {', '.join(allowed) or 'none'}"
    return f"there is no parameter {'.'.join(names)}; {meant}{has}"
