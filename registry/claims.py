"""Claims: what somebody is about to refer to, and ``gc`` therefore keeps.

A push finds a content in the bucket and does not send it again; a promotion finds a version. If
``gc`` removed that a moment later, the record written then would name what is not there. So both
first write down what they rely on, then wait until no sweep is under way, and only then look. A
sweep reads the claims after its own beginning is written: either it sees the claim, or whoever
claimed sees the sweep.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from registry import objects, records, sweeps
from registry.errors import ClaimError, RegistryError, StoreError, UnreachableError
from registry.sweeps import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from registry.store import Store
    from registry.uri import S3URI

LIFETIME = timedelta(days=1)  # of a claim that nobody took back
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "version": str,
    "blobs": list,
    "who": str,
    "when": str,
}


@dataclass(frozen=True)
class Claim:
    """What ``claims/NONCE.json`` says.

    Parameters
    ----------
    version
        The version that is being pushed or promoted.
    blobs
        SHA-256 of the contents it relies on, in hex; a version that exists needs none named.
    """

    version: str
    blobs: Collection[str]
    who: str
    when: str

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Claim:
        """Read a record; messages call it ``where``.

        Raises
        ------
        RecordError
            If it is not of its form.
        """
        return cls(**records.from_bytes(data, where, _FIELDS))


class Claimed:
    """A claim in force."""

    def __init__(self) -> None:
        self._since = Stopwatch()

    def require(self) -> None:
        """Ask for it to be in force still: the last thing before the record is written.

        Raises
        ------
        ClaimError
            If it is too old: what was found may be gone.
        """
        seconds = self._since.seconds()
        if seconds > LIFETIME.total_seconds() / 2:
            raise ClaimError(
                f"this took {seconds / 3600:.0f} hours, and gc may have removed what was found "
                "at the beginning; do the same again, which goes on where it stopped"
            )


def folder(uri: S3URI) -> str:
    """Return the key below which claims are kept."""
    return uri.key("claims", "")


@contextmanager
def claim(store: Store, uri: S3URI, version: str, blobs: Collection[str] = ()) -> Iterator[Claimed]:
    """Keep a version and contents from ``gc``; what is found within is there to stay.

    Waits at first if a sweep is under way. The claim is left for its lifetime if what was to be
    written may arrive yet: the store did not answer, or this process is being stopped.

    Raises
    ------
    SweepError
        If there is no end to sweeps.
    """
    key = f"{folder(uri)}{secrets.token_hex(16)}.json"
    claimed = Claimed()
    record = Claim(version, sorted(blobs), records.whoami(), records.now())
    store.write(key, record.to_bytes())
    try:
        sweeps.wait_until_none(store, uri)
        yield claimed
    except UnreachableError:
        raise
    except RegistryError:
        _take_back(store, key)
        raise
    _take_back(store, key)


def _take_back(store: Store, key: str) -> None:
    with suppress(StoreError):  # some accounts may not; gc does after its lifetime
        objects.delete(store, key)
