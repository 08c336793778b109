"""One setting of a configuration: which values it allows, and how a table of them is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from training.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True)
class Kind:
    """What a setting allows.

    Attributes
    ----------
    allowed : str
        The allowed values in words, for messages.
    accepts : callable
        Whether a TOML value is allowed.
    convert : callable
        From an allowed TOML value to the setting's value.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    convert: Callable[[Any], Any]


def setting(kind: Kind, default: Any = MISSING) -> Any:
    """Give a dataclass field of `kind`; without a default the setting is required."""
    return field(default=default, metadata={"kind": kind})


def section(choose: Callable[[Mapping[str, Any]], type]) -> dict[str, Any]:
    """Give the metadata of a field read from a table of its own, of the type `choose` picks."""
    return {"choose": choose}


def read_table(cls: type[T], table: Mapping[str, Any], where: str, prefix: str = "") -> T:
    """Read one table of a configuration into the dataclass `cls`.

    Parameters
    ----------
    cls : type
        A dataclass whose fields come from `setting` and `section`.
    table : mapping
        As read from TOML; None stands for a key that is not given.
    where : str
        What to call the configuration in messages.
    prefix : str
        The table's dotted name with a dot at its end, or nothing at the top.

    Raises
    ------
    ConfigError
        For an unknown key, a missing one, or a value that is not allowed.
    """
    known = {each.name: each for each in fields(cls) if each.metadata}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise ConfigError(_unknown(key, list(known), where, prefix))
    given = {key: value for key, value in table.items() if value is not None}
    values = {
        name: _read(each, given, where, prefix)
        for name, each in known.items()
        if name in given or _is_required(each)
    }
    return cls(**values)


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _read(each: Field[Any], given: Mapping[str, Any], where: str, prefix: str) -> Any:
    key = prefix + each.name
    if "choose" in each.metadata:
        table = given.get(each.name, {})
        if not isinstance(table, Mapping):
            raise ConfigError(f"{where}: {key} = {table!r} is not a table; write it as [{key}]")
        return read_table(each.metadata["choose"](table), table, where, f"{key}.")
    kind: Kind = each.metadata["kind"]
    if each.name not in given:
        raise ConfigError(f"{where}: {key} is missing; give it {kind.allowed}")
    value = given[each.name]
    if not kind.accepts(value):
        raise ConfigError(
            f"{where}: {key} = {value!r} is not allowed; give it {kind.allowed}{_and_default(each)}"
        )
    return kind.convert(value)


def _and_default(each: Field[Any]) -> str:
    if each.default is MISSING or each.default is None:
        return ""
    return f", or leave it out for {each.default!r}"


def _unknown(key: str, known: list[str], where: str, prefix: str) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    meant = f"did you mean {prefix}{close[0]}? " if close else ""
    place = f"[{prefix[:-1]}]" if prefix else "the top level"
    return f"{where}: unknown key {prefix}{key}; {meant}allowed in {place}: {', '.join(known)}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(minimum: int) -> Kind:
    """Whole numbers from `minimum` up."""
    return Kind(
        f"a whole number, {minimum} or more",
        lambda value: _is_number(value) and isinstance(value, int) and value >= minimum,
        int,
    )


def one_of(*values: str) -> Kind:
    """Exactly the given words."""
    return Kind(" or ".join(f'"{value}"' for value in values), values.__contains__, str)


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")

TEXT = Kind("a text that is not empty", _is_text, str)
TEXTS = Kind(
    "a text or a list of texts, none empty",
    lambda value: _is_text(value) or (_is_list(value) and len(value) > 0),
    lambda value: (value,) if isinstance(value, str) else tuple(value),
)
LIST = Kind("a list of texts, none empty", _is_list, tuple)
FRACTION = Kind(
    "a number from 0 up to, but not including, 1",
    lambda value: _is_number(value) and 0 <= value < 1,
    float,
)
NAME = Kind(
    "1 to 63 of a-z, 0-9, dot, dash and underscore, with a letter or digit first",
    lambda value: isinstance(value, str) and _NAME.fullmatch(value) is not None,
    str,
)
FREE_TABLE = Kind("a table", lambda value: isinstance(value, Mapping), dict)
