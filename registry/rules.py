"""Business rules and availability lists, kept beside a model: what may be recommended.

``rules/RULES/GENERATION.json`` is create-only, as a promotion is: the newest generation holds.
Rules speak of products and categories by the market's own ids; they know no model.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from registry import records
from registry.errors import RecordError, RulesError, URIError
from registry.generations import Generations
from registry.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from registry.store import Store
    from registry.uri import S3URI

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "generation": int,
    "digest": str,
    "rules": dict,
    "who": str,
    "when": str,
    "why": str,
    "nonce": str,
}


@dataclass(frozen=True)
class Rules:
    """What may be recommended; without any rule, everything.

    Parameters
    ----------
    exclude_products, exclude_categories
        Never recommended, whatever else is said.
    available_products
        If given, nothing else is recommended.
    max_per_category
        How many products of one category an answer has at most; any number if not given.
    max_in_category
        The same for single categories, in place of ``max_per_category``.
    """

    exclude_products: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    available_products: tuple[str, ...] | None = None
    max_per_category: int | None = None
    max_in_category: Mapping[str, int] | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], where: str) -> Rules:
        """Read rules as a file or a record holds them; messages call that ``where``.

        Raises
        ------
        RulesError
            If a rule is unknown, or not of its form.
        """
        unknown = sorted(set(fields) - set(_READ))
        if unknown:
            near = difflib.get_close_matches(unknown[0], _READ, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_READ)}"
            raise RulesError(f"{where} has an unknown rule {unknown[0]!r}: {hint}")
        return cls(
            **{
                name: read(fields[name], f"{name} in {where}")
                for name, read in _READ.items()
                if fields.get(name) is not None
            }
        )

    def to_fields(self) -> dict[str, Any]:
        """Return the rules that are given, in their one form: ids sorted, each once."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, (), {})}
        if self.available_products is not None:  # none at all is a rule too
            given["available_products"] = self.available_products
        return json.loads(json.dumps(given))  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        """``sha256:`` and the hex SHA-256 of the rules: the same rules have the same one."""
        return "sha256:" + hashlib.sha256(records.to_bytes(self.to_fields())).hexdigest()


def _ids(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise RulesError(f'{where} must be a list of ids, each of them text: ["4011", "4012"]')
    return tuple(sorted(set(value)))


def _cap(value: Any, where: str) -> int:
    if type(value) is not int or value < 1:
        raise RulesError(
            f"{where} is {value!r}; it must be a whole number from 1 on (to have none of a "
            "category, list it in exclude_categories)"
        )
    return value


def _caps(value: Any, where: str) -> dict[str, int]:
    if not isinstance(value, dict) or not all(value):
        raise RulesError(f'{where} must give a number for each category, as {{"WINE": 2}}')
    return {name: _cap(cap, f"{name!r} of {where}") for name, cap in sorted(value.items())}


_READ: dict[str, Callable[[Any, str], Any]] = {
    "exclude_products": _ids,
    "exclude_categories": _ids,
    "available_products": _ids,
    "max_per_category": _cap,
    "max_in_category": _caps,
}


@dataclass(frozen=True)
class RulesRecord:
    """What ``rules/RULES/GENERATION.json`` says.

    Parameters
    ----------
    name
        The rules' own name, RULES.
    generation
        Counts from 1, without gaps.
    digest
        Of the rules, whoever pushed them and when.
    who, when, why
        Pushed them: user@host, the UTC time as 2026-11-24T08:15:00Z, and a reason for people.
    nonce
        Random, by which a writer knows its own record when the answer to writing it was lost.
    """

    name: str
    generation: int
    digest: str
    rules: Rules
    who: str
    when: str
    why: str
    nonce: str

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(asdict(self) | {"rules": self.rules.to_fields()})

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> RulesRecord:
        """Read a record; messages call it ``where``.

        Raises
        ------
        RecordError
            If it is not of its form, or the rules are not those of its digest.
        """
        fields = records.from_bytes(data, where, _FIELDS)
        try:
            fields["rules"] = Rules.from_fields(fields["rules"], where)
        except RulesError as error:
            raise RecordError(f"{error}: it was not written by this tool, or by a newer") from error
        if fields["rules"].digest != fields["digest"]:
            raise RecordError(f"{where} is damaged: its rules are not those of its digest")
        return cls(**fields)


def generations(store: Store, uri: S3URI) -> Generations:
    """Return where rules are kept: ``s3://BUCKET/PREFIX/NAME@RULES`` names them.

    Raises
    ------
    URIError
        If the URI names none.
    """
    if uri.alias is None:
        raise URIError(f"{uri} names no rules: give s3://BUCKET/PREFIX/NAME@RULES")
    return Generations(store, uri.key("rules", uri.alias))


def read_generation(store: Store, uri: S3URI, number: int) -> RulesRecord | None:
    """Read one generation of rules; None if it does not exist (yet): followers poll this."""
    data = generations(store, uri).read(number)
    return None if data is None else _parse(store, uri, number, data)


def _parse(store: Store, uri: S3URI, number: int, data: bytes) -> RulesRecord:
    where = generations(store, uri).where(number)
    found = RulesRecord.from_bytes(data, where)
    if (found.name, found.generation) != (uri.alias, number):
        raise RecordError(
            f"{where} says that it is generation {found.generation} of {found.name!r}: it is "
            "damaged or in the wrong place; restore the record that was there"
        )
    return found


def newest(store: Store, uri: S3URI, known: int = 0) -> RulesRecord | None:
    """Find the newest generation of rules; None if there is none.

    Parameters
    ----------
    known
        A generation that is known to exist: the nearer to the newest, the fewer requests.
    """
    found = generations(store, uri).newest(known)
    return None if found is None else _parse(store, uri, *found)


def read(store: Store, uri: S3URI) -> RulesRecord:
    """Read the newest generation of rules.

    Raises
    ------
    RulesError
        If there is none.
    """
    found = newest(store, uri)
    if found is None:
        raise RulesError(
            f"there are no rules {uri} at {store.endpoint}: push some, "
            f"python -m registry rules push FILE {uri} --why REASON"
        )
    return found


def history(store: Store, uri: S3URI) -> Iterator[RulesRecord]:
    """Yield the generations of rules, the first one first; none if there are none.

    Raises
    ------
    RecordError
        If one is missing or damaged.
    """
    kept = generations(store, uri)
    found = each(partial(read_generation, store, uri), kept.numbers())
    for number, record in enumerate(found, start=1):
        if record is None or record.generation != number:
            raise RecordError(f"{kept.where(number)} is missing: restore the record that was there")
        yield record


def names(store: Store, uri: S3URI) -> list[str]:
    """Return the names of a model's rules, in order."""
    return sorted(store.folders(uri.key("rules", "")))
