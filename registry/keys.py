"""Keys for signatures, in the forms that OpenSSL writes.

A private key is a PEM file, a public key the one line of its PEM.
"""

from __future__ import annotations

import base64
import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from registry.errors import KeysError

if TYPE_CHECKING:
    from pathlib import Path

SIGNING_KEY = "ESTANTE_SIGNING_KEY"
PUBLIC_KEYS = "ESTANTE_PUBLIC_KEYS"
# What DER puts before the 32 bytes of an Ed25519 key: RFC 8410.
_PRIVATE = bytes.fromhex("302e020100300506032b657004220420")
_PUBLIC = bytes.fromhex("302a300506032b6570032100")
_KEY_BYTES = 32
_BEGIN, _END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
_MAKE_ONE = "python -m registry keys FILE makes one"


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
    return written(bytes(SigningKey(private_key(file)).verify_key))


def private_key(file: Path) -> bytes:
    """Read a private key, of 32 bytes.

    Raises
    ------
    KeysError
        If the file holds none, or cannot be read.
    """
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


def trusted() -> dict[str, bytes]:
    """Return the keys of ESTANTE_PUBLIC_KEYS by how they are written there; none if it is unset.

    Raises
    ------
    KeysError
        If it holds something else than public keys.
    """
    text = os.environ.get(PUBLIC_KEYS)
    if text is None:
        return {}
    given = text.replace(",", " ").split()
    keys = {key: _public_key(key, place) for place, key in enumerate(given, start=1)}
    if not keys:  # empty too: a secret that is missing must not switch the check off
        raise KeysError(f"{PUBLIC_KEYS} is set and holds no key; {_MAKE_ONE}, or unset it")
    return keys


def _public_key(text: str, place: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
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


def written(public_key: bytes) -> str:
    """Return how a public key of 32 bytes is written."""
    return _encoded(_PUBLIC + public_key)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
