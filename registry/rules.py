"""Business rules and availability lists, kept beside a model: what may be recommended.

``rules/RULES/GENERATION.json`` is create-only, as a promotion is: the newest generation holds.
What they say is :class:`recommender.rules.Rules`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from recommender import errors
from recommender.rules import Rules
from registry import records, seals
from registry.errors import RecordError, RulesError, URIError
from registry.generations import Generations
from registry.signatures import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    seal
        Of all the rest, see :mod:`registry.seals`; None if an earlier release wrote it.
    """

    name: str
    generation: int
    digest: str
    rules: Rules
    who: str
    when: str
    why: str
    nonce: str
    seal: Mapping[str, Any] | None = None

    @property
    def place(self) -> tuple[str, int]:
        """The rules' name, and which generation of them this is."""
        return self.name, self.generation

    @property
    def did(self) -> str:
        """What was done by this, and why, for people."""
        return f"pushed these rules ({self.why})"

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(self._fields())

    def sealed(self, uri: S3URI) -> RulesRecord:
        """Return the record with its seal, as one of a model.

        Raises
        ------
        KeysError
            If ESTANTE_SIGNING_KEY names no private key.
        """
        return replace(self, seal=seals.seal(self._fields(), signed_as(uri)))

    def _fields(self) -> dict[str, Any]:
        fields = asdict(self) | {"rules": self.rules.to_fields()}
        if self.seal is None:
            del fields["seal"]
        return fields

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> RulesRecord:
        """Read a record; messages call it ``where``.

        Raises
        ------
        RecordError
            If it is not of its form, or not what its seal says, or the rules are not those of its
            digest.
        """
        fields = records.from_bytes(data, where, _FIELDS, seals.FIELD)
        try:
            fields["rules"] = Rules.from_fields(fields["rules"], where)
        except errors.RulesError as error:
            raise RecordError(f"{error}: it was not written by this tool, or by a newer") from error
        if fields["rules"].digest != fields["digest"]:
            raise RecordError(f"{where} is damaged: its rules are not those of its digest")
        seals.require_unbroken(data, where)
        return cls(**fields)


def signed_as(uri: S3URI) -> Kind:
    """Return as what the rules beside a model are signed: those of another say nothing of it."""
    return Kind(f"estante rules of {uri.name}", "push other rules, or these again after others,")


def generations(store: Store, uri: S3URI) -> Generations[RulesRecord]:
    """Return the generations of rules: ``s3://BUCKET/PREFIX/NAME@RULES`` names them.

    Raises
    ------
    URIError
        If the URI names none.
    """
    if uri.alias is None:
        raise URIError(f"{uri} names no rules: give s3://{uri.bucket}/{uri.key()}@RULES")
    return Generations(store, uri.key("rules", uri.alias), RulesRecord.from_bytes)


def read(store: Store, uri: S3URI) -> RulesRecord:
    """Read the newest generation of rules.

    Raises
    ------
    RulesError
        If there is none.
    """
    found = generations(store, uri).newest()
    if found is None:
        raise RulesError(
            f"there are no rules {uri} at {store.endpoint}: push some, "
            f"python -m registry rules push FILE {uri} --why REASON"
        )
    return found


def names(store: Store, uri: S3URI) -> list[str]:
    """Return the names of a model's rules, in order."""
    return sorted(store.folders(uri.key("rules", "")))
