"""Immutable content, named by its SHA-256 and shared between the versions of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.manifest import FileEntry

if TYPE_CHECKING:
    from pathlib import Path

    from registry.uri import S3URI


def key(uri: S3URI, sha256: str) -> str:
    """Return where a content is kept in the bucket."""
    return uri.key("blobs", "sha256", sha256)


def holds(path: Path, entry: FileEntry) -> bool:
    """Tell whether a file is there and is what its name says."""
    try:
        return path.stat().st_size == entry.size and FileEntry.of(path) == entry
    except OSError:
        return False
