"""Files' contents on their way into a bucket: several at a time, and only what is not there."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from registry import blobs, multipart
from registry.errors import StoreError
from registry.parallel import each
from registry.store import PART_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from recommender.manifest import FileEntry
    from registry.progress import Moved
    from registry.store import Store
    from registry.uri import S3URI


def upload(
    store: Store, uri: S3URI, files: Collection[tuple[Path, FileEntry]], moved: Moved
) -> None:
    """Put files' contents there, unless they are there already, several at a time.

    Parameters
    ----------
    files
        Each with its size and SHA-256.
    moved
        Told, by any thread, of the bytes that are there since it was told last.
    """
    send = partial(_send, store, uri, moved)
    for _ in each(send, [file for file in files if not _is_large(file)]):
        pass
    for file in filter(_is_large, files):  # one by one: several parts of each are under way
        send(file)


def _is_large(file: tuple[Path, FileEntry]) -> bool:
    return file[1].size > PART_BYTES


def _send(store: Store, uri: S3URI, moved: Moved, file: tuple[Path, FileEntry]) -> None:
    path, entry = file
    where = blobs.key(uri, entry.sha256)
    if store.size(where) == entry.size:
        moved(entry.size)
    elif _is_large(file):
        multipart.upload(store, path, where, entry.sha256, moved)
    else:
        store.upload(path, where, entry.sha256)
        moved(entry.size)
    if _is_large(file):
        _end_other_uploads(store, where)


def _end_other_uploads(store: Store, where: str) -> None:
    """Take back what killed pushes of a content sent, as it is there now.

    A push of it that still runs finds its upload gone and the content there, and goes on.
    """
    with suppress(StoreError):  # else they are garbage until garbage is collected
        for left in multipart.unfinished(store, where):
            multipart.abort(store, left)
