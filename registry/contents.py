"""Reading contents again, to see whether each still is what its name says."""

from __future__ import annotations

import hashlib
from contextlib import closing
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from registry import blobs, pieces
from registry.errors import AbsentError, BrokenError, IntegrityError, RegistryError
from registry.parallel import each
from registry.progress import of_total

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

    from registry.pieces import Piece
    from registry.progress import Moved, Progress
    from registry.store import Store
    from registry.uri import S3URI


def damage(
    store: Store,
    uri: S3URI,
    wanted: Collection[tuple[str, int]],
    progress: Progress | None,
) -> Generator[str | None]:
    """Hash contents; yield, for each, what is wrong with it, None if nothing is.

    Parameters
    ----------
    wanted
        The SHA-256 of each, in hex, and its size in bytes.
    progress
        Told of the bytes hashed since it was told last, and of the bytes in all.
    """
    moved = of_total(progress, sum(size for _, size in wanted))
    split = [pieces.pieces(blobs.key(uri, sha256), size) for sha256, size in wanted]
    read = each(partial(_read, store), chain.from_iterable(split))
    with closing(read) as arriving:
        for (sha256, _), parts in zip(wanted, split, strict=True):
            yield _damage(sha256, islice(arriving, len(parts)), moved)


def _read(store: Store, piece: Piece) -> bytes | RegistryError:
    try:
        return pieces.read(store, piece)
    except (AbsentError, IntegrityError, BrokenError) as error:
        return error


def _damage(sha256: str, parts: Iterator[bytes | RegistryError], moved: Moved) -> str | None:
    """Return what is wrong with a content; None if nothing is."""
    digest, wrong = hashlib.sha256(), None
    for piece in parts:
        if isinstance(piece, RegistryError):
            wrong = wrong or str(piece)
        else:
            digest.update(piece)
            moved(len(piece))
    if wrong is None and digest.hexdigest() != sha256:
        wrong = (
            f"is damaged: its SHA-256 is {digest.hexdigest()}; push the model again after "
            "deleting that object"
        )
    return wrong
