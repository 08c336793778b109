"""Who may ask: API keys, of which the service knows only hashes.

A file has one key a line: its name, its scope and the SHA-256 of the key. A key is 32 random bytes,
so its hash cannot be guessed back, and needs no slow hash, which each request would wait for.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from serving.errors import NoKeyError, ScopeError, SettingsError
from serving.route_table import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

log = logging.getLogger("estante.access")

PREFIX = "estante_"  # by which a key that was left lying about is recognized
SCOPES = get_args(Scope)
REREAD_SECONDS = 1.0
UNGUARDED = "whoever reaches {address} may ask anything: no keys are set; see ESTANTE_API_KEYS_FILE"

_LINE = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]{0,62}) (?P<scope>\w+) sha256:(?P<hash>\w+)")
_HASH = re.compile(r"[0-9a-f]{64}")
_FORM = "NAME SCOPE sha256:HEX, as python -m serving key writes it"
_BEARER = b"bearer "


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the service knows it: ``admin`` may do what ``read`` may, and read the metrics."""

    name: str
    scope: str
    hash: str


def new_key(name: str, scope: str) -> tuple[str, str]:
    """Return a new key, and the line for the file, from which the key cannot be told.

    Raises
    ------
    SettingsError
        If the name or the scope is not one.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    line = f"{name} {scope} sha256:{_hash(key.encode())}"
    parse_keys(line, "the line")
    return key, line


def parse_keys(text: str, source: str) -> tuple[Key, ...]:
    """Return the keys of a file's text; empty lines and what follows # say nothing.

    Raises
    ------
    SettingsError
        Naming the line that is not of the form; or if there is no key, or a name twice.
    """
    keys: dict[str, Key] = {}
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.partition("#")[0].strip()
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None or not _HASH.fullmatch(match["hash"]) or match["scope"] not in SCOPES:
            raise SettingsError(
                f"{source}, line {number} is no key; a line is {_FORM}; scopes: {', '.join(SCOPES)}"
            )
        if match["name"] in keys:
            raise SettingsError(f"{source}, line {number}: the name {match['name']} is taken above")
        keys[match["name"]] = Key(match["name"], match["scope"], match["hash"])
    if not keys:
        raise SettingsError(f"{source} has no key; make one with python -m serving key")
    return tuple(keys.values())


class Access:
    """Lets requests in by their keys; without a file, all of them.

    The file is read again within a second after it has changed. What cannot be read changes
    nothing: the keys that were read last stay in force.

    Parameters
    ----------
    path
        ESTANTE_API_KEYS_FILE.

    Raises
    ------
    SettingsError
        If the file cannot be read at the start.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.is_asked = path is not None
        self._path = path
        self._keys: tuple[Key, ...] = ()
        self._looked_at = time.monotonic()
        self._state: tuple[int, ...] | None = None
        if path is not None:
            self._state = _state(path)
            self._keys = _read(path)

    def require(self, scope: Scope | None, headers: Mapping[bytes, bytes]) -> str | None:
        """Return the name of the key that lets a request in; None where none is needed.

        Raises
        ------
        NoKeyError
            If it has no key that is known.
        ScopeError
            If its key is not for this.
        """
        if scope is None or self._path is None:
            return None
        self._look(self._path)
        key = self._find(_given(headers))
        if key is None:
            raise NoKeyError(
                "a key is needed that the service knows; send it as Authorization: Bearer KEY or "
                "X-API-Key: KEY"
            )
        if scope == "admin" and key.scope != "admin":
            raise ScopeError(
                f"the key {key.name} has the scope {key.scope}; this needs the scope admin"
            )
        return key.name

    def _find(self, given: bytes | None) -> Key | None:
        if given is None:
            return None
        hashed = _hash(given)
        # All are compared, each in a time that does not tell how much of it was right.
        found = [key for key in self._keys if hmac.compare_digest(key.hash, hashed)]
        return found[0] if found else None

    def _look(self, path: Path) -> None:
        now = time.monotonic()
        if now - self._looked_at < REREAD_SECONDS:
            return
        self._looked_at = now
        state = _state(path)
        if state == self._state:
            return
        self._state = state
        try:
            self._keys = _read(path)
            log.info("%d keys are in force, read from %s", len(self._keys), path)
        except SettingsError as error:
            log.error("the keys stay as they were: %s", error)


def _given(headers: Mapping[bytes, bytes]) -> bytes | None:
    authorization = headers.get(b"authorization", b"")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return authorization[len(_BEARER) :].strip()
    return headers.get(b"x-api-key")


def _hash(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


def _state(path: Path) -> tuple[int, ...] | None:
    """Return what changes whenever the file does; None if it is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _read(path: Path) -> tuple[Key, ...]:
    try:
        return parse_keys(path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"ESTANTE_API_KEYS_FILE: {path} cannot be read: {error}") from error
