"""Seals: how a record of who did what, when and why vouches for itself.

A record's ``seal`` holds the SHA-256 of all of the rest and, if ESTANTE_SIGNING_KEY is set where it
is written, a signature of it. Records of earlier releases have none.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from registry import records, signatures
from registry.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.signatures import Kind

FIELD: dict[str, type | tuple[type, ...]] = {"seal": (dict, type(None))}


def seal(fields: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Return the seal of a record.

    Raises
    ------
    KeysError
        If ESTANTE_SIGNING_KEY names no private key.
    """
    rest = _rest(fields)
    return {"sha256": _sha256(rest), "signature": signatures.sign(rest, kind)}


def is_there(data: bytes) -> bool:
    """Tell whether a record, as it is stored, has a seal."""
    return json.loads(data).get("seal") is not None


def require_unbroken(data: bytes, where: str) -> None:
    """Raise if a record, as it is stored, is not what was sealed; one without a seal passes.

    Raises
    ------
    RecordError
        If it is not.
    """
    fields = json.loads(data)
    found = fields.get("seal")
    if found is not None and found.get("sha256") != _sha256(_rest(fields)):
        raise RecordError(
            f"{where} is damaged: it is not what was written, by the SHA-256 in its seal; restore "
            "the record that was there"
        )


def is_trusted(data: bytes, where: str, kind: Kind) -> bool:
    """Tell whether a record is signed as ESTANTE_PUBLIC_KEYS asks; any is if that is not set.

    Raises
    ------
    SignatureError
        If it is signed, by another key or as something else.
    """
    fields = json.loads(data)
    signature = (fields.get("seal") or {}).get("signature")
    if signature is None:
        return not signatures.are_asked_for()
    signatures.require_trusted(_rest(fields), signature, where, kind)
    return True


def _rest(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "seal"}


def _sha256(rest: dict[str, Any]) -> str:
    return hashlib.sha256(records.to_bytes(rest)).hexdigest()
