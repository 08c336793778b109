"""Contents in pieces, each read by one request, several of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry import blobs

if TYPE_CHECKING:
    from registry.store import Store

PIECE_BYTES = 8 << 20


@dataclass(frozen=True)
class Piece:
    """Some bytes of an object: ``size`` of them from byte ``start`` on, of ``whole`` in all."""

    key: str
    start: int
    size: int
    whole: int


def pieces(key: str, whole: int, start: int = 0) -> list[Piece]:
    """Return the pieces of an object from a byte on; an empty object is one, of no bytes."""
    starts = range(start, max(whole, 1), PIECE_BYTES)
    return [Piece(key, at, min(PIECE_BYTES, whole - at), whole) for at in starts]


def read(store: Store, piece: Piece) -> bytes:
    """Read a piece of a content that a version needs.

    Raises
    ------
    AbsentError
        If the object is missing.
    IntegrityError
        If it is of another size.
    """
    with blobs.needed():
        return store.piece(piece.key, piece.start, piece.size, piece.whole)
