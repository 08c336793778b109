"""Numbered records without gaps, each created by exactly one of those who try.

An alias's history is one such sequence; so are the rules and the sweeps of ``gc``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.errors import AbsentError, TakenError, UnreachableError

if TYPE_CHECKING:
    from registry.store import Store


@dataclass(frozen=True)
class Generations:
    """The records ``FOLDER/00000001.json``, ``FOLDER/00000002.json`` and so on.

    Parameters
    ----------
    folder
        Key of the folder, without a final slash.
    """

    store: Store
    folder: str

    def key(self, number: int) -> str:
        """Return where a record is kept; names sort as numbers do."""
        return f"{self.folder}/{number:08d}.json"

    def where(self, number: int) -> str:
        """Return what to call a record in messages."""
        return f"s3://{self.store.bucket}/{self.key(number)}"

    def read(self, number: int) -> bytes | None:
        """Read a record; None if it does not exist (yet): followers poll this."""
        try:
            return self.store.read(self.key(number))
        except AbsentError:
            return None

    def newest(self, start: int = 0) -> tuple[int, bytes] | None:
        """Find the newest record, with its number; None if there is none.

        Strides are doubled from ``start`` until one leads too far, then halved: 2 requests if
        ``start`` is the newest, 2 log2 N if nothing is known.

        Parameters
        ----------
        start
            A number that perhaps exists; the nearer to the newest, the fewer requests.
        """
        number, found = start, self.read(start) if start > 0 else None
        if found is None:
            number = 0
        stride, doubling = 1, True
        while stride:
            body = self.read(number + stride)
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

    def create(self, number: int, body: bytes) -> bool:
        """Write the next record; tell whether it is this one that exists now.

        Parameters
        ----------
        body
            Unlike what anybody else writes, by a nonce in it: so it is known again when the
            answer to writing it was lost.

        Raises
        ------
        UnreachableError
            If the store does not answer: it may have been written nevertheless.
        """
        try:
            self.store.create(self.key(number), body)
        except (TakenError, UnreachableError):  # perhaps only the answer was lost
            found = self.read(number)
            if found is None:
                raise
            return found == body
        return True
