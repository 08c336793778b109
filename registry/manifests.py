"""Manifests of versions in a bucket: what a version's record must agree with."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from recommender.errors import ArtifactError
from recommender.manifest import MANIFEST_NAME, FileEntry, Manifest, digest_of
from registry import blobs
from registry.errors import IntegrityError, RecordError

if TYPE_CHECKING:
    from registry.store import Store
    from registry.uri import S3URI
    from registry.versions import VersionRecord


def read(store: Store, uri: S3URI, record: VersionRecord) -> tuple[Manifest, bytes]:
    """Read the manifest of a version and verify it against the version's digest.

    Raises
    ------
    IntegrityError
        If the content is not what the digest says.
    """
    sha256 = record.digest.removeprefix("sha256:")
    with blobs.needed():
        data = store.read(blobs.key(uri, sha256))
    if digest_of(data) != record.digest:
        raise IntegrityError(
            f"s3://{store.bucket}/{blobs.key(uri, sha256)} is damaged: its digest is "
            f"{digest_of(data)}; push the model again after deleting that object"
        )
    try:
        return Manifest.from_bytes(data), data
    except ArtifactError as error:
        raise RecordError(f"{uri.at_version(record.version)}: {error}") from error


def read_matching(store: Store, uri: S3URI, record: VersionRecord) -> tuple[Manifest, bytes]:
    """Read the manifest of a version, and ask the record to name its files and itself.

    Raises
    ------
    IntegrityError
        If the content is not what the digest says, or the record names other files.
    """
    manifest, data = read(store, uri, record)
    own = FileEntry(len(data), record.digest.removeprefix("sha256:"))
    files = {**manifest.files, MANIFEST_NAME: own}
    if record.blobs != {name: asdict(entry) for name, entry in files.items()}:
        raise IntegrityError(
            f"the record of {uri.at_version(record.version)} names other files than its manifest "
            "does: it is damaged; push that model as another version"
        )
    return manifest, data


def require_complete(store: Store, uri: S3URI, record: VersionRecord) -> None:
    """Ask for all content of a version, without reading more of it than the manifest.

    Raises
    ------
    IntegrityError
        If the manifest is not of the version's digest, the record names other files than the
        manifest, or one of them is missing or of another size.
    """
    read_matching(store, uri, record)
    for name, blob in record.blobs.items():
        size = store.size(blobs.key(uri, blob["sha256"]))
        if size != blob["size"]:
            found = "missing" if size is None else f"of {size:,} bytes, not {blob['size']:,}"
            raise IntegrityError(
                f"{name} of {uri.at_version(record.version)} is {found} "
                f"(s3://{store.bucket}/{blobs.key(uri, blob['sha256'])}): push that model again"
            )
