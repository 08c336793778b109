"""Immutable content, named by its SHA-256 and shared between the versions of a model."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from registry.errors import AbsentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.uri import S3URI


def key(uri: S3URI, sha256: str) -> str:
    """Return where a content is kept in the bucket."""
    return uri.key("blobs", "sha256", sha256)


@contextmanager
def needed() -> Iterator[None]:
    """Say what to do if a content is missing, which a version names."""
    try:
        yield
    except AbsentError as error:
        raise AbsentError(f"{error}, and a version needs it; push that model again") from None
