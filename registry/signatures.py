"""Signatures of records: whoever holds a private key vouches for what a record says.

What is signed (Ed25519, RFC 8032) are the record's canonical bytes without the signature, below a
line that says what they are: all of its fields, those of later releases too.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry import keys, records
from registry.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "ed25519"


@dataclass(frozen=True)
class Kind:
    """A kind of records.

    Parameters
    ----------
    line
        Signed with a record, so that no other signature of the key passes for one of these.
    again
        What to do to have another record, for people.
    """

    line: str
    again: str


VERSION = Kind("estante version record", "push the model as a new version")


def sign(fields: Mapping[str, Any], kind: Kind) -> dict[str, str] | None:
    """Return the signature of a record; None if ESTANTE_SIGNING_KEY is not set.

    Parameters
    ----------
    fields
        The record, without what it says of a signature.

    Raises
    ------
    KeysError
        If ESTANTE_SIGNING_KEY names no private key.
    """
    file = os.environ.get(keys.SIGNING_KEY)
    if not file:
        return None
    from nacl.signing import SigningKey  # noqa: PLC0415  only where it is used

    key = SigningKey(keys.private_key(Path(file)))
    return {
        "algorithm": _ALGORITHM,
        "public_key": keys.written(bytes(key.verify_key)),
        "value": base64.b64encode(key.sign(_message(fields, kind)).signature).decode(),
    }


def are_asked_for() -> bool:
    """Tell whether ESTANTE_PUBLIC_KEYS is set.

    Raises
    ------
    KeysError
        If it holds something else than public keys.
    """
    return bool(keys.trusted())


def require_trusted(fields: Mapping[str, Any], signature: Any, where: str, kind: Kind) -> None:
    """Raise unless a record is signed by a key of ESTANTE_PUBLIC_KEYS, if that is set.

    Parameters
    ----------
    fields
        The record as it is stored, without what it says of a signature.
    signature
        What it says of that; None if nothing.
    where
        What to call it in messages.

    Raises
    ------
    SignatureError
        If it is unsigned, signed by another key, or not what was signed.
    KeysError
        If ESTANTE_PUBLIC_KEYS holds something else than public keys.
    """
    trusted = keys.trusted()
    if not trusted:
        return
    if signature is None:
        raise SignatureError(
            f"{where} is not signed, and {keys.PUBLIC_KEYS} is set: {kind.again} "
            f"with {keys.SIGNING_KEY} set to a trusted key's file"
        )
    public_key, value = _parts(signature, where, kind)
    if public_key not in trusted:
        raise SignatureError(
            f"{where} is signed by {public_key}, which is none of {keys.PUBLIC_KEYS}: {kind.again} "
            "with a trusted key, or add that key if you trust it"
        )
    _verify(
        _message(fields, kind),
        value,
        trusted[public_key],
        f"{where} is not what was signed: it was changed since, or the signature was; {kind.again}",
    )


def trusted_signer(signature: Mapping[str, Any] | None) -> str | None:
    """Return whose signature of a record was verified as it was read; None if none was asked for.

    Parameters
    ----------
    signature
        Of a record that :func:`require_trusted` let pass.
    """
    return str(signature["public_key"]) if signature and keys.trusted() else None


def require_still_trusted(signer: str | None, where: str) -> None:
    """Raise unless the signer of a copy is one of ESTANTE_PUBLIC_KEYS, if that is set.

    Parameters
    ----------
    signer
        As :func:`trusted_signer` said when the copy was made.

    Raises
    ------
    SignatureError
        If the key is not trusted, or no longer.
    """
    trusted = keys.trusted()
    if trusted and signer not in trusted:
        raise SignatureError(
            f"{where} was not signed by any of {keys.PUBLIC_KEYS} when it was fetched; "
            "fetch it again"
        )


def _verify(message: bytes, value: bytes, key: bytes, otherwise: str) -> None:
    from nacl.exceptions import CryptoError  # noqa: PLC0415  only where it is used
    from nacl.signing import VerifyKey  # noqa: PLC0415

    try:
        VerifyKey(key).verify(message, value)
    except (CryptoError, ValueError):
        raise SignatureError(otherwise) from None


def _parts(signature: Any, where: str, kind: Kind) -> tuple[str, bytes]:
    """Return the public key and the value of a signature."""
    try:
        if signature["algorithm"] == _ALGORITHM:
            return str(signature["public_key"]), base64.b64decode(signature["value"], validate=True)
    except (KeyError, TypeError, ValueError):
        pass
    raise SignatureError(
        f"{where} has no {_ALGORITHM} signature of the form that this release knows: {kind.again}"
    )


def _message(fields: Mapping[str, Any], kind: Kind) -> bytes:
    return f"{kind.line}\n".encode() + records.to_bytes(dict(fields))
