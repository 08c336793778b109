"""The manifest of a fitted model: what it is made of, where it comes from, how good it is.

Standard library only, so that whoever moves models about can read it without numpy.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from recommender.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileEntry:
    """One file of a model: its size in bytes and the SHA-256 of its content in hex."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileEntry:
        """Measure and hash a file.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(os.fstat(file.fileno()).st_size, sha256)


@dataclass(frozen=True)
class ScorerEntry:
    """One scorer of a model: its kind and the file that holds its arrays."""

    kind: str
    file: str


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says.

    It holds no time: the same data, configuration, seed and machine give the same
    bytes, and so the same digest.

    Parameters
    ----------
    files
        Every file of the folder but the manifest itself, by name.
    scorers
        The scorers by name.
    modes
        For each mode the weight of each scorer in its sum.
    lineage
        Digest of the data, code commit, resolved configuration, seed, library versions.
    metrics
        Measured quality with intervals, popularity beside it; empty when nothing was held out.
    """

    files: Mapping[str, FileEntry]
    scorers: Mapping[str, ScorerEntry]
    modes: Mapping[str, Mapping[str, float]]
    lineage: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_bytes(self) -> bytes:
        """Return the one canonical form: sorted keys, two spaces, UTF-8, a final newline."""
        text = json.dumps(asdict(self), sort_keys=True, indent=2, ensure_ascii=False)
        return (text + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read a manifest.

        Raises
        ------
        ArtifactError
            If it is not JSON, of another format version, or not of the manifest's form.
        """
        try:
            raw = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ArtifactError(
                f"{MANIFEST_NAME} is not JSON ({error}); fit or pull the model again"
            ) from None
        version = raw.get("format_version") if isinstance(raw, dict) else None
        if version != FORMAT_VERSION:
            raise ArtifactError(
                f"{MANIFEST_NAME} has format version {version!r}, and this code reads "
                f"{FORMAT_VERSION}: fit the model again, or use the release that made it"
            )
        try:
            return cls(
                files={
                    _file_name(name): _file_entry(entry) for name, entry in raw["files"].items()
                },
                scorers={name: ScorerEntry(**entry) for name, entry in raw["scorers"].items()},
                modes={
                    mode: {s: float(w) for s, w in weights.items()}
                    for mode, weights in raw["modes"].items()
                },
                lineage=dict(raw["lineage"]),
                metrics=dict(raw["metrics"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtifactError(
                f"{MANIFEST_NAME} is not of the manifest's form ({type(error).__name__}: {error}); "
                "fit or pull the model again"
            ) from None


def _file_name(name: str) -> str:
    """Return ``name`` if it stays inside the folder: a manifest may come from anywhere."""
    if not _FILE_NAME.fullmatch(name) or name == MANIFEST_NAME:
        raise ValueError(f"file name {name!r}")
    return name


def _file_entry(entry: Mapping[str, Any]) -> FileEntry:
    size, sha256 = entry["size"], entry["sha256"]
    if not isinstance(size, int) or size < 0 or not _SHA256.fullmatch(sha256):
        raise ValueError(f"file entry {dict(entry)!r}")
    return FileEntry(size, sha256)


def digest_of(manifest_bytes: bytes) -> str:
    """Return a model's digest: ``sha256:`` and the hex SHA-256 of its manifest's bytes."""
    return "sha256:" + hashlib.sha256(manifest_bytes).hexdigest()
