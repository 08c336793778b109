"""Immutable content, named by its SHA-256 and shared between the versions of a model."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import IntegrityError, UnreachableError

if TYPE_CHECKING:
    from typing import BinaryIO

    from registry.progress import Moved
    from registry.store import Store
    from registry.uri import S3URI

_ATTEMPTS = 3


def key(uri: S3URI, sha256: str) -> str:
    """Return where a content is kept in the bucket."""
    return uri.key("blobs", "sha256", sha256)


def upload(
    store: Store,
    uri: S3URI,
    path: Path,
    sha256: str,
    moved: Moved,
) -> None:
    """Put a file's content there, unless it is there already.

    Parameters
    ----------
    sha256
        Of the content, in hex.
    moved
        Told of the bytes that are there since it was told last.
    """
    size = path.stat().st_size
    if store.size(key(uri, sha256)) == size:
        moved(size)
        return
    store.upload(path, key(uri, sha256), sha256, moved)


def download(
    store: Store,
    uri: S3URI,
    sha256: str,
    path: Path,
    moved: Moved,
) -> None:
    """Get a content as a file, which appears whole and verified, or not at all.

    Raises
    ------
    IntegrityError
        If what the store holds is not what its name says.
    AbsentError
        If the store does not hold it.
    """
    with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as temporary:
        unfinished = Path(temporary) / path.name
        with unfinished.open("wb") as file:
            found = _stream(store, key(uri, sha256), file, moved)
        if found != sha256:
            raise IntegrityError(
                f"s3://{store.bucket}/{key(uri, sha256)} is damaged: its SHA-256 is {found}; "
                "push the model again after deleting that object"
            )
        unfinished.replace(path)


def _stream(store: Store, source: str, file: BinaryIO, moved: Moved) -> str:
    """Write an object to a file, going on where a connection broke; return its SHA-256."""
    digest = hashlib.sha256()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            for chunk in store.stream(source, file.tell()):
                file.write(chunk)
                digest.update(chunk)
                moved(len(chunk))
            break
        except UnreachableError:
            if attempt == _ATTEMPTS:
                raise
    return digest.hexdigest()


def holds(path: Path, sha256: str, size: int) -> bool:
    """Tell whether a file is there and is what its name says."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != size:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False
