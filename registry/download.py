"""Contents on their way from a bucket to files: several pieces at a time, verified, resumable.

Pieces are written and hashed in order while later ones are under way, so that what a file holds at
any moment, even after a kill, is a beginning of its content from which a later call goes on.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from registry import pieces
from registry.errors import IntegrityError
from registry.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from recommender.manifest import FileEntry
    from registry.pieces import Piece
    from registry.progress import Moved
    from registry.store import Store


@dataclass(frozen=True)
class Wanted:
    """A content to get.

    Parameters
    ----------
    key
        Of the object that holds it.
    entry
        Its size and SHA-256.
    unfinished
        Where it grows: a file that nobody else writes. What is there is gone on with.
    target
        Where it appears when it is whole and verified; on the same file system.
    """

    key: str
    entry: FileEntry
    unfinished: Path
    target: Path


def download(store: Store, wanted: Sequence[Wanted], moved: Moved) -> None:
    """Get contents as files, each of which appears whole and verified, or not at all.

    Parameters
    ----------
    wanted
        No content twice.
    moved
        Told, by any thread, of the bytes that are there since it was told last.

    Raises
    ------
    IntegrityError
        If what the store holds is not what it is said to be; nothing of that object is kept.
    AbsentError
        If the store does not hold it.
    """
    fetch = partial(_fetch, store, moved)
    for _ in each(fetch, [content for content in wanted if not _is_large(content)]):
        pass
    for content in filter(_is_large, wanted):  # one by one: several pieces of each are under way
        fetch(content)


def _is_large(content: Wanted) -> bool:
    return content.entry.size > pieces.PIECE_BYTES


def _missing(content: Wanted) -> list[Piece]:
    """Return the pieces that an earlier download has not left."""
    size = content.entry.size
    if _kept(content) > size:
        content.unfinished.unlink()
    return pieces.pieces(content.key, size, _kept(content))


def _kept(content: Wanted) -> int:
    return content.unfinished.stat().st_size if content.unfinished.exists() else 0


def _fetch(store: Store, moved: Moved, content: Wanted) -> None:
    missing, kept = _missing(content), _kept(content)
    with closing(each(partial(pieces.read, store), missing)) as arriving:
        found = _grow(content.unfinished, arriving, moved)
    if found == content.entry.sha256:
        content.unfinished.replace(content.target)
        return
    content.unfinished.unlink()
    if not kept:
        raise IntegrityError(
            f"s3://{store.bucket}/{content.key} is damaged: its SHA-256 is {found}; "
            "push the model again after deleting that object"
        )
    # What was kept may be what is damaged: a machine that loses power loses what it wrote last.
    moved(-content.entry.size)
    _fetch(store, moved, content)


def _grow(path: Path, missing: Iterator[bytes], moved: Moved) -> str:
    """Append pieces to a file and return the SHA-256 of its content."""
    with path.open("a+b") as file, ThreadPoolExecutor(1) as beside:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256")
        moved(file.tell())
        for piece in missing:
            hashed = beside.submit(digest.update, piece)  # as long as it takes to write
            file.write(piece)
            hashed.result()
            moved(len(piece))
    return digest.hexdigest()
