"""Aliases: names such as ``production`` that are promoted from version to version.

``history/ALIAS/GENERATION.json`` exists once a promotion was made; ``aliases/ALIAS.json`` merely
tells where to begin to look for the newest generation.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from registry import records, seals
from registry.errors import (
    AbsentError,
    AliasError,
    BrokenError,
    IntegrityError,
    RecordError,
    URIError,
)
from registry.generations import Generations
from registry.signatures import Kind
from registry.uri import is_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registry.store import Store
    from registry.uri import S3URI

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "alias": str,
    "generation": int,
    "from": (str, type(None)),
    "to": str,
    "digest": str,
    "who": str,
    "when": str,
    "why": str,
    "gate": (dict, type(None)),
    "nonce": str,
}

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Generation:
    """What ``history/ALIAS/GENERATION.json`` says.

    Parameters
    ----------
    generation
        Counts from 1, without gaps.
    source, target
        The versions promoted from (None at first) and to; ``from`` and ``to`` in the record.
    digest
        Of the target.
    who, when, why
        Promoted it: user@host, the UTC time as 2026-11-24T08:15:00Z, and a reason for people.
    gate
        What a check before the promotion found; None if there was no check.
    nonce
        Random, by which a writer knows its own record when the answer to writing it was lost.
    seal
        Of all the rest, see :mod:`registry.seals`; None if an earlier release wrote it.
    """

    alias: str
    generation: int
    source: str | None
    target: str
    digest: str
    who: str
    when: str
    why: str
    gate: Mapping[str, Any] | None
    nonce: str
    seal: Mapping[str, Any] | None = None

    @property
    def place(self) -> tuple[str, int]:
        """The alias, and which generation of it this is."""
        return self.alias, self.generation

    @property
    def did(self) -> str:
        """What was done by this, and why, for people."""
        return f"promoted {self.target} ({self.why})"

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(self._fields())

    def sealed(self, uri: S3URI) -> Generation:
        """Return the record with its seal, as one of a model.

        Raises
        ------
        KeysError
            If ESTANTE_SIGNING_KEY names no private key.
        """
        return replace(self, seal=seals.seal(self._fields(), signed_as(uri)))

    def _fields(self) -> dict[str, Any]:
        fields = asdict(self)
        if self.seal is None:
            del fields["seal"]
        return fields | {"from": fields.pop("source"), "to": fields.pop("target")}

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Generation:
        """Read a record; messages call it ``where``.

        Raises
        ------
        RecordError
            If it is not of its form, or not what its seal says.
        """
        fields = records.from_bytes(data, where, _FIELDS, seals.FIELD)
        seals.require_unbroken(data, where)
        return cls(source=fields.pop("from"), target=fields.pop("to"), **fields)


def signed_as(uri: S3URI) -> Kind:
    """Return as what a model's promotions are signed: those of another say nothing of it."""
    return Kind(f"estante promotion of {uri.name}", "promote another version, or again,")


def generations(store: Store, uri: S3URI) -> Generations[Generation]:
    """Return the generations of an alias, where they are kept.

    Raises
    ------
    URIError
        If the URI names no alias.
    """
    return Generations(store, uri.key("history", _alias(uri)), Generation.from_bytes)


def pointer_key(uri: S3URI) -> str:
    """Return where the pointer to an alias's newest generation is kept."""
    return uri.key("aliases", f"{_alias(uri)}.json")


def _alias(uri: S3URI) -> str:
    if uri.alias is None:
        raise URIError(f"{uri} names no alias: give s3://{uri.bucket}/{uri.key()}@ALIAS")
    return uri.alias


def newest(store: Store, uri: S3URI) -> Generation | None:
    """Find the newest generation of an alias, whether the pointer is right, behind or missing."""
    return generations(store, uri).newest(pointed_at(store, uri))


def newer(store: Store, uri: S3URI, than: int) -> Generation | None:
    """Find the newest generation after the one with the number ``than``; None if that is it.

    One request as long as there is none: followers ask this again and again.
    """
    history = generations(store, uri)
    return None if history.read_bytes(than + 1) is None else history.newest(than + 1)


def read(store: Store, uri: S3URI) -> Generation:
    """Read the newest generation of an alias.

    Raises
    ------
    AliasError
        If the alias was never promoted.
    """
    found = newest(store, uri)
    if found is None:
        raise AliasError(
            f"{uri} does not exist at {store.endpoint}: promote a version to it, "
            f"python -m registry promote {uri} VERSION --why REASON"
        )
    return found


def pointed_at(store: Store, uri: S3URI) -> int:
    """Return the generation the pointer names; 0, which never exists, if it names none."""
    with suppress(AbsentError, RecordError, IntegrityError, BrokenError):
        data = store.read(pointer_key(uri))
        return int(records.from_bytes(data, pointer_key(uri), {"generation": int})["generation"])
    return 0


def history(store: Store, uri: S3URI) -> Iterator[Generation]:
    """Yield the generations of an alias, the first one first; none if it was never promoted.

    Raises
    ------
    RecordError
        If one is missing or damaged.
    """
    kept, number = generations(store, uri), 0
    pointed = pointed_at(store, uri)  # before the list: it is written after what it names
    for generation in kept:
        number = generation.generation
        yield generation
    if number < pointed:
        raise RecordError(
            f"{kept.where(number + 1)} is missing, but {pointer_key(uri)} names "
            f"generation {pointed}: restore the record that was there"
        )


def names(store: Store, uri: S3URI) -> list[str]:
    """Return the aliases of a model, in the order of their names, by histories and pointers."""
    below = uri.key("aliases", "")
    pointers = {
        key.removeprefix(below).removesuffix(".json")
        for key in store.keys(below)
        if key.endswith(".json")
    }
    return sorted(filter(is_name, pointers.union(store.folders(uri.key("history", "")))))


def by_version(store: Store, uri: S3URI) -> dict[str, list[str]]:
    """Return the aliases that name each version now, in the order of their names.

    One that cannot be read is warned of, and hides no other.
    """
    named_by: dict[str, list[str]] = {}
    for alias in names(store, uri):
        try:
            target = read(store, uri.at_alias(alias)).target
        except (AliasError, RecordError, IntegrityError, BrokenError) as error:
            _LOG.warning("warning: %s", error)
        else:
            named_by.setdefault(target, []).append(alias)
    return named_by
