"""Sweeps: the times in which ``gc`` may remove something, one after the other.

``sweeps/GENERATION.json`` with an odd number begins one, the next, even number ends it. Both are
create-only, so at most one sweep is under way, and everybody sees the same. Whoever is about to
refer to something (see :mod:`registry.claims`) waits until none is.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from registry import objects, records
from registry.errors import SweepError
from registry.generations import Generations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.store import Store
    from registry.uri import S3URI

SECONDS = 120.0  # for so long after its beginning a sweep removes what it found
# One that began so long ago, by the server's clock, ended without saying so. A removal is one
# request: at most 3 attempts of 5 s to connect and 30 s to wait, with pauses of 3 s between them,
# so that the last one is over after 120 + 108 s.
_DEAD_AFTER_SECONDS = 300.0
_PAUSE_SECONDS = 0.5
_FOLDER = "sweeps"
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "number": int,
    "state": str,
    "who": str,
    "when": str,
    "removed": dict,
    "nonce": str,
}
_LOG = logging.getLogger(__name__)


class Stopwatch:
    """Runs from when it is made, for those who must not be late."""

    def __init__(self) -> None:
        self._wall, self._monotonic = time.time(), time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since, rather too many: clocks are set, and stop in a suspension."""
        return max(time.time() - self._wall, time.monotonic() - self._monotonic)


@dataclass(frozen=True)
class Sweep:
    """What ``sweeps/GENERATION.json`` says.

    Parameters
    ----------
    number
        Odd if it begins a sweep, even if it ends the one before.
    state
        ``begun``, ``ended``, or ``given up``: ended by another, long after it should have been.
    removed
        What was removed; empty at the beginning.
    """

    number: int
    state: str
    who: str
    when: str
    removed: Mapping[str, Any]
    nonce: str

    @property
    def place(self) -> tuple[str, int]:
        """The sequence of sweeps, and the number in it."""
        return _FOLDER, self.number

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Sweep:
        """Read a record; messages call it ``where``.

        Raises
        ------
        RecordError
            If it is not of its form.
        """
        return cls(**records.from_bytes(data, where, _FIELDS))

    @classmethod
    def now(cls, number: int, state: str, removed: Mapping[str, Any]) -> Sweep:
        """Return the record of this process at this moment."""
        return cls(number, state, records.whoami(), records.now(), removed, secrets.token_hex(16))

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(asdict(self))


def generations(store: Store, uri: S3URI) -> Generations[Sweep]:
    """Return the beginnings and ends of sweeps, where they are kept."""
    return Generations(store, uri.key(_FOLDER), Sweep.from_bytes)


def begin(store: Store, uri: S3URI) -> Sweep:
    """Begin a sweep.

    Raises
    ------
    SweepError
        If another is under way.
    """
    kept = generations(store, uri)
    last = max(kept.numbers(), default=0)
    if last % 2 and not _is_dead(store, uri, last):
        raise _under_way_error(store, uri, last)
    if last % 2:
        last += 1
        kept.create(Sweep.now(last, "given up", {}))
    begun = Sweep.now(last + 1, "begun", {})
    if not kept.create(begun):
        raise _under_way_error(store, uri, begun.number)
    return begun


def end(store: Store, uri: S3URI, begun: Sweep, removed: Mapping[str, Any]) -> None:
    """End a sweep, saying what it removed."""
    ended = Sweep.now(begun.number + 1, "ended", removed)
    generations(store, uri).create(ended)


def wait_until_none(store: Store, uri: S3URI) -> None:
    """Wait until no sweep is under way.

    Raises
    ------
    SweepError
        If one follows the other, and there is no end to it.
    """
    give_up = time.monotonic() + 2 * _DEAD_AFTER_SECONDS
    waited_for = 0
    while True:
        last = max(generations(store, uri).numbers(), default=0)
        if last % 2 == 0 or _is_dead(store, uri, last):
            return
        if time.monotonic() > give_up:
            raise _under_way_error(store, uri, last)
        if last != waited_for:
            waited_for = last
            _LOG.warning("%s; waiting until it ends", _under_way_error(store, uri, last))
        time.sleep(_PAUSE_SECONDS)


def _is_dead(store: Store, uri: S3URI, number: int) -> bool:
    written, now = objects.written_and_now(store, generations(store, uri).key(number))
    return (now - written).total_seconds() > _DEAD_AFTER_SECONDS


def _under_way_error(store: Store, uri: S3URI, number: int) -> SweepError:
    begun = generations(store, uri).read(number)
    by, since = (f" by {begun.who}", f" since {begun.when}") if begun else ("", "")
    return SweepError(
        f"a gc of s3://{uri.bucket}/{uri.key()}{by} is under way{since}; "
        "it ends by itself, at the latest after 5 minutes"
    )
