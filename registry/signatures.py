"""Signatures of records: whoever holds a private key vouches for what a record says.

What is signed (Ed25519, RFC 8032) are the record's canonical bytes without the signature, below a
line that says what they are: all of its fields, those of later releases too. Keys have the forms
that OpenSSL writes: a private key is a PEM file, a public key the one line of its PEM.
"""

from __future__ import annotations

import base64
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry import records
from registry.errors import KeysError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNING_KEY = "ESTANTE_SIGNING_KEY"
PUBLIC_KEYS = "ESTANTE_PUBLIC_KEYS"
_ALGORITHM = "ed25519"
# What DER puts before the 32 bytes of an Ed25519 key: RFC 8410.
_PRIVATE = bytes.fromhex("302e020100300506032b657004220420")
_PUBLIC = bytes.fromhex("302a300506032b6570032100")
_KEY_BYTES = 32
_BEGIN, _END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
_MAKE_ONE = "python -m registry keys FILE makes one"


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
    file = os.environ.get(SIGNING_KEY)
    if not file:
        return None
    from nacl.signing import SigningKey  # noqa: PLC0415  only where it is used

    key = SigningKey(_private_key(Path(file)))
    return {
        "algorithm": _ALGORITHM,
        "public_key": _encoded(_PUBLIC + bytes(key.verify_key)),
        "value": _encoded(key.sign(_message(fields, kind)).signature),
    }


def are_asked_for() -> bool:
    """Tell whether ESTANTE_PUBLIC_KEYS is set.

    Raises
    ------
    KeysError
        If it holds something else than public keys.
    """
    return bool(_trusted_keys())


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
    trusted = _trusted_keys()
    if not trusted:
        return
    if signature is None:
        raise SignatureError(
            f"{where} is not signed, and {PUBLIC_KEYS} is set: {kind.again} "
            f"with {SIGNING_KEY} set to a trusted key's file"
        )
    public_key, value = _parts(signature, where, kind)
    if public_key not in trusted:
        raise SignatureError(
            f"{where} is signed by {public_key}, which is none of {PUBLIC_KEYS}: {kind.again} "
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
    return str(signature["public_key"]) if signature and _trusted_keys() else None


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
    trusted = _trusted_keys()
    if trusted and signer not in trusted:
        raise SignatureError(
            f"{where} was not signed by any of {PUBLIC_KEYS} when it was fetched; fetch it again"
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


def make_key(file: Path) -> str:
    """Make a key pair, unless the file is there; return the public key for ESTANTE_PUBLIC_KEYS.

    The file, readable by its owner only, appears whole or not at all.

    Raises
    ------
    KeysError
        If the file cannot be written, or is there and holds something else than a private key.
    """
    from nacl.signing import SigningKey  # noqa: PLC0415  only where it is used

    try:
        with tempfile.NamedTemporaryFile("w", dir=file.absolute().parent) as unfinished:
            body = _encoded(_PRIVATE + bytes(SigningKey.generate()))
            unfinished.write(f"{_BEGIN}\n{body}\n{_END}\n")
            unfinished.flush()
            with suppress(FileExistsError):
                file.hardlink_to(unfinished.name)
    except OSError as error:
        raise KeysError(
            f"cannot write {file} ({error.strerror}): name a file in a folder that can be written"
        ) from None
    return _encoded(_PUBLIC + bytes(SigningKey(_private_key(file)).verify_key))


def _private_key(file: Path) -> bytes:
    try:
        body = file.read_text(encoding="ascii").partition(_BEGIN)[2].partition(_END)[0]
        data = base64.b64decode("".join(body.split()), validate=True)
    except OSError as error:
        raise KeysError(
            f"the private key {file} cannot be read ({error.strerror}); {_MAKE_ONE}"
        ) from None
    except ValueError:
        data = b""
    return _raw(data, _PRIVATE, f"{file} holds no Ed25519 private key in PEM; {_MAKE_ONE}")


def _trusted_keys() -> dict[str, bytes]:
    """Return the keys of ESTANTE_PUBLIC_KEYS by how they are written there; none if it is unset."""
    text = os.environ.get(PUBLIC_KEYS)
    if text is None:
        return {}
    written = text.replace(",", " ").split()
    keys = {key: _public_key(key, place) for place, key in enumerate(written, start=1)}
    if not keys:  # empty too: a secret that is missing must not switch the check off
        raise KeysError(f"{PUBLIC_KEYS} is set and holds no key; {_MAKE_ONE}, or unset it")
    return keys


def _public_key(written: str, place: int) -> bytes:
    try:
        data = base64.b64decode(written, validate=True)
    except ValueError:
        data = b""
    # The text is not repeated: somebody may have put a private key there.
    message = (
        f"number {place} of {PUBLIC_KEYS} is no Ed25519 public key; give what "
        "python -m registry keys FILE prints, several separated by commas"
    )
    return _raw(data, _PUBLIC, message)


def _raw(data: bytes, before: bytes, otherwise: str) -> bytes:
    """Return the 32 bytes of a key behind what DER puts there."""
    if len(data) != len(before) + _KEY_BYTES or not data.startswith(before):
        raise KeysError(otherwise)
    return data.removeprefix(before)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
