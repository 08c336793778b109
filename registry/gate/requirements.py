"""What the gate asks for: a TOML file, as default.toml beside this one."""

from __future__ import annotations

import difflib
import hashlib
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.metrics import ACCURACY
from recommender.modes import MODES
from recommender.query import K_DEFAULT, K_MAX
from registry.errors import RequirementsError

DEFAULT = Path(__file__).with_name("default.toml")
SCOPES = ("all", "activity", "category")
BOUNDS = ("low", "mean", "high")


@dataclass(frozen=True)
class Lead:
    """What is asked of the difference of a metric, challenger minus champion.

    Parameters
    ----------
    metric
        A name of :data:`recommender.metrics.ACCURACY`.
    of
        ``all``: over all customers; ``activity``: in each group of customers; ``category``: in
        each category of products.
    bound
        Which of the interval's ``low`` end, the ``mean`` and the ``high`` end is asked about.
    at_least
        What it must reach; a fraction, -1 to 1.
    """

    metric: str
    of: str
    bound: str
    at_least: float


@dataclass(frozen=True)
class Requirements:
    """All that is asked; None where nothing is.

    Parameters
    ----------
    file
        The name of the file.
    digest
        ``sha256:`` and the hex SHA-256 of its content.
    held_out_required
        Whether leads must be measured, or a promotion without held-out purchases is only noted;
        None: if the alias names a version already.
    min_customers
        How many customers with purchases that count there must be.
    max_growth
        Of the model's bytes, in times the champion's.
    max_age_days
        Of the last purchase that the challenger learned from.
    may_be_older
        Whether that purchase may be earlier than the champion's.
    """

    file: str
    digest: str
    mode: str
    k: int
    held_out_required: bool | None
    min_customers: int
    max_bytes: int | None
    max_growth: float | None
    max_age_days: int | None
    may_be_older: bool
    leads: tuple[Lead, ...]


@dataclass(frozen=True)
class _Kind:
    """What a key allows, in words and by a test."""

    words: str
    accepts: Callable[[Any], bool]


def _one_of(names: tuple[str, ...]) -> _Kind:
    return _Kind(
        " or ".join(f'"{name}"' for name in names),
        lambda value: isinstance(value, str) and value in names,
    )


def _whole(low: int, high: float) -> _Kind:
    words = f"a whole number from {low}" + (f" to {high}" if high < math.inf else " up")
    return _Kind(words, lambda value: type(value) is int and low <= value <= high)


def _number(low: float, high: float, words: str) -> _Kind:
    return _Kind(words, lambda value: type(value) in {int, float} and low <= value <= high)


_TABLE = _Kind("a table", lambda value: isinstance(value, Mapping))
_TABLES = _Kind(
    "tables, each headed [[lead]]",
    lambda value: isinstance(value, list) and all(isinstance(each, Mapping) for each in value),
)
_TOP = {
    "mode": _one_of(MODES),
    "k": _whole(1, K_MAX),
    "held_out": _TABLE,
    "size": _TABLE,
    "data": _TABLE,
    "lead": _TABLES,
}
_FLAG = _Kind("true or false", lambda value: type(value) is bool)
_HELD_OUT = {"required": _FLAG, "min_customers": _whole(1, math.inf)}
_SIZE = {
    "max_bytes": _whole(1, math.inf),
    "max_growth": _number(math.ulp(0), math.inf, "a number above 0"),
}
_DATA = {
    "max_age_days": _whole(0, math.inf),
    "may_be_older": _FLAG,
}
_LEAD = {
    "metric": _one_of(tuple(ACCURACY)),
    "of": _one_of(SCOPES),
    "bound": _one_of(BOUNDS),
    "at_least": _number(-1, 1, "a fraction from -1 to 1"),
}


def read(path: Path = DEFAULT) -> Requirements:
    """Read a file of requirements.

    Raises
    ------
    RequirementsError
        If it cannot be read, or a key or value is not allowed, naming the nearest key.
    """
    try:
        content = path.read_bytes()
        top = _checked(tomllib.loads(content.decode()), _TOP, str(path))
    except OSError as error:
        raise RequirementsError(
            f"{path} cannot be read ({error.strerror}); give a TOML file"
        ) from None
    except ValueError as error:
        raise RequirementsError(
            f"{path} is no TOML file ({error}); {DEFAULT.name} is an example"
        ) from None
    held_out = _checked(top.get("held_out", {}), _HELD_OUT, str(path), "held_out")
    if held_out.get("required") and not top.get("lead"):
        raise RequirementsError(
            f"{path}: required = true in [held_out] asks for nothing without a [[lead]], which "
            f"says what is measured; add one, as in {DEFAULT.name}"
        )
    size = _checked(top.get("size", {}), _SIZE, str(path), "size")
    data = _checked(top.get("data", {}), _DATA, str(path), "data")
    return Requirements(
        file=path.name,
        digest="sha256:" + hashlib.sha256(content).hexdigest(),
        mode=top.get("mode", MODES[0]),
        k=top.get("k", K_DEFAULT),
        held_out_required=held_out.get("required"),
        min_customers=held_out.get("min_customers", 1),
        max_bytes=size.get("max_bytes"),
        max_growth=size.get("max_growth"),
        max_age_days=data.get("max_age_days"),
        may_be_older=data.get("may_be_older", True),
        leads=tuple(_lead(table, str(path)) for table in top.get("lead", ())),
    )


def _lead(table: Mapping[str, Any], where: str) -> Lead:
    given = _checked(table, _LEAD, where, "[lead]")
    for key, kind in _LEAD.items():
        if key not in given:
            raise RequirementsError(f"{where}: a [[lead]] lacks {key}; give it {kind.words}")
    lead = Lead(**given)
    if lead.of == "category" and lead.metric != "recall":
        raise RequirementsError(
            f'{where}: a [[lead]] of = "category" has metric = "{lead.metric}"; of categories only '
            "recall is measured"
        )
    return lead


def _checked(
    table: Mapping[str, Any], keys: Mapping[str, _Kind], where: str, name: str = ""
) -> Mapping[str, Any]:
    """Return a table that has allowed keys and values only."""
    place = f"[{name}]" if name else "the top level"
    for key, value in table.items():
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise RequirementsError(
                f"{where}: unknown key {key} in {place}; {meant}allowed are {', '.join(keys)}"
            )
        if not keys[key].accepts(value):
            raise RequirementsError(
                f"{where}: {key} = {value!r} in {place} is not allowed; give it {keys[key].words}"
            )
    return table
