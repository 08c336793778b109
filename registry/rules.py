"""Business rules and availability lists, kept beside a model: what may be recommended.

``rules/RULES/GENERATION.json`` is create-only, as a promotion is: the newest generation holds.
What they say is :class:`recommender.rules.Rules`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from recommender import errors
from recommender.rules import Rules
from registry import records
from registry.errors import RecordError, RulesError, URIError
from registry.generations import Generations
from registry.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        except errors.RulesError as error:
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
