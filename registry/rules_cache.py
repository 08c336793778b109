"""The last good rules, kept on this machine for when the store cannot be asked."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from registry import cache as caches
from registry.errors import CacheError, RecordError
from registry.rules import RulesRecord

if TYPE_CHECKING:
    from registry.uri import S3URI


def keep(uri: S3URI, record: RulesRecord, cache: Path | None = None) -> None:
    """Keep rules as the last ones of their name.

    Raises
    ------
    CacheError
        If they cannot be kept.
    """
    path = _path(uri, cache)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as temporary:
            unfinished = Path(temporary) / "rules"
            unfinished.write_bytes(record.to_bytes())
            unfinished.replace(path)
    except OSError as error:
        raise CacheError(
            f"cannot keep the rules {uri} in {path.parent} ({error.strerror}): make "
            "room or give rights there, or name another folder by ESTANTE_CACHE"
        ) from error


def last(uri: S3URI, cache: Path | None = None) -> RulesRecord | None:
    """Return the rules that were kept last; None if none were, or they are damaged."""
    path = _path(uri, cache)
    with suppress(OSError, RecordError):
        return RulesRecord.from_bytes(path.read_bytes(), str(path))
    return None


def _path(uri: S3URI, cache: Path | None) -> Path:
    folder = cache or caches.default()
    return folder / "rules" / hashlib.sha256(str(uri).encode()).hexdigest()
