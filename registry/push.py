"""Registering a model: its content first, then the record that makes it a version."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recommender import artifact
from recommender.errors import ArtifactError
from recommender.manifest import MANIFEST_NAME, FileEntry
from registry import bento as bento_store
from registry import claims, records, versions
from registry.errors import BentoError, IntegrityError, URIError
from registry.progress import of_total
from registry.store import Store
from registry.upload import upload
from registry.uri import parse_s3
from registry.versions import VersionRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recommender.manifest import Manifest
    from registry.progress import Progress
    from registry.uri import S3URI


def push(
    folder: Path,
    uri: str,
    *,
    bento: bool = True,
    who: str | None = None,
    progress: Progress | None = None,
) -> VersionRecord:
    """Register the model in a folder as a version.

    Content that the bucket holds already is not sent again, so that a push that failed goes on
    where it stopped. Pushing the same model to the same version again succeeds.

    Parameters
    ----------
    folder
        The model, as training wrote it.
    uri
        ``s3://bucket/prefix/NAME:VERSION``; or without the version, which is then the UTC time
        and the beginning of the model's digest: ``20261124t081500z-1a2b3c4d``.
    bento
        Whether to keep it in this machine's BentoML model store too.
    who
        user@host; this process's by default.
    progress
        Told of the bytes that arrived since it was told last, and of the bytes in all.

    Raises
    ------
    VersionError
        If the version exists with another digest.
    IntegrityError
        If the folder holds no model, or a damaged one.
    StoreError, BentoError
        If one of the two cannot take it.
    """
    named = parse_s3(uri)
    if named.alias is not None:
        raise URIError(f"{uri} is an alias: push to NAME:VERSION, then promote NAME@{named.alias}")
    manifest, digest = _verified(folder)
    version = named.version or default_version(digest)
    named = named.at_version(version)
    if bento:
        bento_store.tag(named.name, version)  # refuses before anything is sent
    files = {**manifest.files, MANIFEST_NAME: _manifest_entry(folder, digest)}
    record = _record(named, digest, files, who or records.whoami())
    store = Store.open(named.bucket)
    existing = versions.find(store, named, version)
    if existing is not None:
        versions.require_same(existing, record)
    with claims.claim(store, named, version, [entry.sha256 for entry in files.values()]) as claimed:
        _upload(store, named, folder, files, progress)
        claimed.require()
        record = versions.create(store, named, record)
    if bento:
        _save(folder, named, record)
    return record


def default_version(digest: str) -> str:
    """Return the UTC time and the beginning of a digest."""
    return datetime.now(UTC).strftime("%Y%m%dt%H%M%Sz-") + digest.removeprefix("sha256:")[:8]


def _verified(folder: Path) -> tuple[Manifest, str]:
    try:
        return artifact.verify(folder)
    except ArtifactError as error:
        raise IntegrityError(str(error)) from error


def _record(uri: S3URI, digest: str, files: Mapping[str, FileEntry], who: str) -> VersionRecord:
    return VersionRecord(
        uri.name,
        str(uri.version),
        digest,
        who=who,
        when=records.now(),
        blobs={name: asdict(entry) for name, entry in files.items()},
    ).signed()


def _save(folder: Path, uri: S3URI, record: VersionRecord) -> None:
    try:
        bento_store.save(folder, record)
    except BentoError as error:
        raise BentoError(f"{uri} is registered, but {error}") from error


def _manifest_entry(folder: Path, digest: str) -> FileEntry:
    size = (folder / MANIFEST_NAME).stat().st_size
    return FileEntry(size, digest.removeprefix("sha256:"))


def _upload(
    store: Store,
    uri: S3URI,
    folder: Path,
    files: Mapping[str, FileEntry],
    progress: Progress | None,
) -> None:
    moved = of_total(progress, sum(entry.size for entry in files.values()))
    upload(store, uri, [(folder / name, entry) for name, entry in files.items()], moved)
