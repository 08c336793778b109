"""Numbered records without gaps, each created by exactly one of those who try.

An alias's history is one such sequence; so are the rules and the sweeps of ``gc``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from registry.errors import AbsentError, OvertakenError, RecordError, TakenError, UnreachableError
from registry.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.store import Store
    from registry.uri import S3URI

_ATTEMPTS = 100  # lost races in a row: each means that somebody else won one


class Numbered(Protocol):
    """A record that says of which sequence it is, and its number there."""

    @property
    def place(self) -> tuple[str, int]:
        """The name of the sequence, and the number in it, from 1."""

    def to_bytes(self) -> bytes:
        """Return it as JSON; unlike what anybody else writes, by a nonce."""


class Told(Numbered, Protocol):
    """One that also says whose doing it is."""

    @property
    def who(self) -> str:
        """Who wrote it: user@host."""

    @property
    def when(self) -> str:
        """When, in UTC."""

    @property
    def did(self) -> str:
        """What was done by that, and why, for people: "promoted v2 (better)"."""


Record = TypeVar("Record", bound=Numbered)


@dataclass(frozen=True)
class Generations(Generic[Record]):
    """The records ``FOLDER/00000001.json``, ``FOLDER/00000002.json`` and so on.

    Parameters
    ----------
    folder
        Key of the folder, without a final slash; its last part is the sequence's name.
    parse
        Makes a record of its bytes and of what to call it in messages.
    """

    store: Store
    folder: str
    parse: Callable[[bytes, str], Record]

    def key(self, number: int) -> str:
        """Return where a record is kept; names sort as numbers do."""
        return f"{self.folder}/{number:08d}.json"

    def where(self, number: int) -> str:
        """Return what to call a record in messages."""
        return f"s3://{self.store.bucket}/{self.key(number)}"

    def read_bytes(self, number: int) -> bytes | None:
        """Read a record as it is stored; None if it does not exist (yet): followers poll this."""
        try:
            return self.store.read(self.key(number))
        except AbsentError:
            return None

    def read(self, number: int) -> Record | None:
        """Read a record; None if it does not exist (yet). Otherwise as `parsed`."""
        data = self.read_bytes(number)
        return None if data is None else self.parsed(number, data)

    def parsed(self, number: int, data: bytes) -> Record:
        """Return a record that was read.

        Raises
        ------
        RecordError
            If it is damaged, or belongs elsewhere.
        """
        record = self.parse(data, self.where(number))
        name, said = record.place
        if (name, said) != (self.folder.rpartition("/")[2], number):
            raise RecordError(
                f"{self.where(number)} says that it is generation {said} of {name!r}: it is "
                "damaged or in the wrong place; restore the record that was there"
            )
        return record

    def newest(self, start: int = 0) -> Record | None:
        """Find the newest record; None if there is none. Otherwise as `find` and `parsed`."""
        found = self.find(start)
        return None if found is None else self.parsed(*found)

    def find(self, start: int = 0) -> tuple[int, bytes] | None:
        """Find the newest record, with its number, as it is stored; None if there is none.

        Strides are doubled from ``start`` until one leads too far, then halved: 2 requests if
        ``start`` is the newest, 2 log2 N if nothing is known.

        Parameters
        ----------
        start
            A number that perhaps exists; the nearer to the newest, the fewer requests.
        """
        number, found = start, self.read_bytes(start) if start > 0 else None
        if found is None:
            number = 0
        stride, doubling = 1, True
        while stride:
            body = self.read_bytes(number + stride)
            if body is None:
                doubling = False
            else:
                number, found = number + stride, body
            stride = stride * 2 if doubling else stride // 2
        return None if found is None else (number, found)

    def numbers(self) -> list[int]:
        """List the numbers there are, in order, gaps and all."""
        names = (key.rpartition("/")[2] for key in self.store.keys(f"{self.folder}/"))
        stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        return sorted(int(stem) for stem in stems if stem.isdecimal() and len(stem) == 8)

    def __iter__(self) -> Iterator[Record]:
        """Yield the records, the first one first.

        Raises
        ------
        RecordError
            If one is missing or damaged.
        """
        for number, record in enumerate(each(self.read, self.numbers()), start=1):
            if record is None or record.place[1] != number:
                raise RecordError(
                    f"{self.where(number)} is missing: restore the record that was there"
                )
            yield record

    def create(self, record: Record) -> bool:
        """Write the next record; tell whether it is this one that exists now.

        Raises
        ------
        UnreachableError
            If the store does not answer: it may have been written nevertheless.
        """
        number, body = record.place[1], record.to_bytes()
        try:
            self.store.create(self.key(number), body)
        except (TakenError, UnreachableError):  # perhaps only the answer was lost
            found = self.read_bytes(number)
            if found is None:
                raise
            return found == body
        return True

    def add(self, propose: Callable[[Record | None], Record], start: int = 0) -> Record:
        """Create the next record, whoever else does so meanwhile; return the newest then.

        Parameters
        ----------
        propose
            Given the newest one, returns the next; or that very one, to leave it at that.
        start
            As of `newest`.

        Raises
        ------
        OvertakenError
            If others win again and again.
        """
        for _ in range(_ATTEMPTS):
            current = self.newest(start)
            proposed = propose(current)
            if proposed is current or self.create(proposed):
                return proposed
            start = proposed.place[1]
        raise OvertakenError(
            f"others wrote to s3://{self.store.bucket}/{self.folder}/ {_ATTEMPTS} times meanwhile; "
            "try again"
        )


def require_newest(uri: S3URI, current: Told | None, number: int | None) -> None:
    """Ask for the newest record to be the one with a number, 0 for none, unless that is None.

    Parameters
    ----------
    uri
        What the sequence is of.

    Raises
    ------
    OvertakenError
        If another one is, naming who made it.
    """
    if number is None or number == (current.place[1] if current else 0):
        return
    if current is None:
        raise OvertakenError(f"{uri} has no generation {number}: there is none yet")
    raise OvertakenError(
        f"{uri} is at generation {current.place[1]}, not {number}: {current.who} {current.did} at "
        f"{current.when}; look at it, then decide again"
    )
