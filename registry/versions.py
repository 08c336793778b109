"""Versions: one create-only record each, written when all of its content is there."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from registry import records, removed, signatures
from registry.errors import (
    AbsentError,
    RecordError,
    TakenError,
    UnreachableError,
    VersionError,
)
from registry.uri import is_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.store import Store
    from registry.uri import S3URI

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "version": str,
    "digest": str,
    "who": str,
    "when": str,
    "blobs": dict,
    "signature": (dict, type(None)),
}


@dataclass(frozen=True)
class VersionRecord:
    """What ``versions/VERSION.json`` says.

    Parameters
    ----------
    digest
        Of the model: ``sha256:`` and the hex SHA-256 of its manifest, from which all other
        content can be verified.
    who, when
        Pushed it: user@host, and the UTC time as 2026-11-24T08:15:00Z.
    blobs
        For each file of the model, the manifest too: its ``size`` in bytes and ``sha256``.
    signature
        Of all the rest, see :mod:`registry.signatures`; None if it is not signed.
    """

    name: str
    version: str
    digest: str
    who: str
    when: str
    blobs: Mapping[str, Mapping[str, Any]]
    signature: Mapping[str, Any] | None = None

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(asdict(self))

    def signed(self) -> VersionRecord:
        """Return the record with a signature, if ESTANTE_SIGNING_KEY is set.

        Raises
        ------
        KeysError
            If it names no private key.
        """
        fields = asdict(self)
        del fields["signature"]
        return replace(self, signature=signatures.sign(fields, signatures.VERSION))

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(blob["size"] for blob in self.blobs.values())


def key(uri: S3URI, version: str) -> str:
    """Return where a version's record is kept in the bucket."""
    return uri.key("versions", f"{version}.json")


def find(store: Store, uri: S3URI, version: str) -> VersionRecord | None:
    """Read a version's record; None if there is no such version.

    Raises
    ------
    RecordError
        If the record is not of its form, or not signed by one of ESTANTE_PUBLIC_KEYS.
    """
    try:
        data = store.read(key(uri, version))
    except AbsentError:
        return None
    where = f"s3://{store.bucket}/{key(uri, version)}"
    record = VersionRecord(**records.from_bytes(data, where, _FIELDS))
    _require_blobs(record, where)
    named = record.name, record.version
    if named != (uri.name, version) or not _DIGEST.fullmatch(record.digest):
        raise RecordError(
            f"{where} is of the version {':'.join(named)!r} with the digest {record.digest!r}; "
            "it was not written by this tool"
        )
    fields = json.loads(data)  # those of later releases too
    signature = fields.pop("signature")
    signatures.require_trusted(fields, signature, where, signatures.VERSION)
    return record


def _require_blobs(record: VersionRecord, where: str) -> None:
    for name, blob in record.blobs.items():
        size, sha256 = map(blob.get, ("size", "sha256")) if isinstance(blob, dict) else (0, "")
        if type(size) is not int or size < 0 or not _SHA256.fullmatch(str(sha256)):
            raise RecordError(
                f"{where}: the blob of {name!r} is {blob!r}; it was not written by this tool"
            )


def read(store: Store, uri: S3URI, version: str) -> VersionRecord:
    """Read a version's record.

    Raises
    ------
    VersionError
        If there is no such version.
    """
    record = find(store, uri, version)
    if record is None:
        model = f"s3://{uri.bucket}/{uri.key()}"
        gone = removed.find(store, uri, version)
        since = f" since {gone.who} removed it at {gone.when}" if gone else ""
        raise VersionError(
            f"there is no version {version!r} of {model} at {store.endpoint}{since}; "
            f"python -m registry list {model} shows those there are"
        )
    return record


def create(store: Store, uri: S3URI, record: VersionRecord) -> VersionRecord:
    """Write a version's record; its content must be in the bucket already.

    Returns
    -------
    VersionRecord
        The one that is there now: an earlier one, if it has the same digest.

    Raises
    ------
    VersionError
        If the version exists, or existed, with another digest.
    """
    gone = removed.find(store, uri, record.version)
    if gone is not None and gone.digest != record.digest:
        raise VersionError(
            f"version {record.version!r} of {record.name} was removed by {gone.who} at {gone.when} "
            f"and had the digest {gone.digest}; versions never change: choose another"
        )
    try:
        store.create(key(uri, record.version), record.to_bytes())
    except (TakenError, UnreachableError):  # perhaps only the answer was lost
        found = find(store, uri, record.version)
        if found is None:
            raise
        return require_same(found, record)
    return record


def require_same(found: VersionRecord, wanted: VersionRecord) -> VersionRecord:
    """Return the record that is there if it says as much as the one that was to be written.

    Raises
    ------
    VersionError
        If it is of another model, or lacks a signature that the other has.
    """
    require_digest(found, wanted.digest)
    signer = (found.signature or {}).get("public_key")
    if wanted.signature and signer != wanted.signature["public_key"]:
        raise VersionError(
            f"version {found.version!r} of {found.name} is there already, "
            f"{f'signed by {signer}' if signer else 'unsigned'}, and versions never change: push "
            "the model as another version to have it signed by ESTANTE_SIGNING_KEY"
        )
    return found


def require_digest(record: VersionRecord, digest: str) -> VersionRecord:
    """Return the record if it is of the model with this digest.

    Raises
    ------
    VersionError
        If it is of another.
    """
    if record.digest != digest:
        raise VersionError(
            f"version {record.version!r} of {record.name} exists with the digest {record.digest}, "
            f"not {digest}; versions never change: choose another"
        )
    return record


def names(store: Store, uri: S3URI) -> list[str]:
    """Return the versions of a model, in the order of their names."""
    below = uri.key("versions", "")
    keys = (key for key in store.keys(below) if key.endswith(".json"))
    found = (key.removeprefix(below).removesuffix(".json") for key in keys)
    return sorted(filter(is_name, found))
