"""Removing what nothing needs: contents, uploads that were never completed, old versions.

What a removal might endanger is somebody who refers to it at that moment; :mod:`registry.claims`
tells how that is prevented.
"""

from __future__ import annotations

import re
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from registry import aliases, claims, multipart, objects, records, removed, sweeps, versions
from registry.claims import Claim
from registry.errors import AbsentError, TakenError
from registry.parallel import each
from registry.progress import of_total
from registry.removed import Removed
from registry.retention import KEEP_ALL, Retention
from registry.stopwatch import Stopwatch
from registry.store import Store
from registry.uri import parse_s3_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.aliases import Generation
    from registry.multipart import Upload
    from registry.objects import Listed
    from registry.progress import Moved, Progress
    from registry.uri import S3URI
    from registry.versions import VersionRecord

GRACE = timedelta(hours=24)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Garbage:
    """What nothing needs.

    Parameters
    ----------
    versions
        Versions that the retention gives up.
    blobs
        Contents that no version that is kept refers to.
    uploads
        Uploads in parts that were begun, and neither completed nor aborted.
    claims
        Claims that were never taken back.
    kept
        Why each version that is kept is.
    """

    versions: list[VersionRecord] = field(default_factory=list)
    blobs: list[Listed] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    claims: list[Listed] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.versions) + len(self.blobs) + len(self.uploads) + len(self.claims)

    @property
    def size(self) -> int:
        """Bytes of the contents."""
        return sum(blob.size for blob in self.blobs)

    def summary(self) -> dict[str, Any]:
        """Return what it is made of, by the names of versions and the SHA-256 of contents."""
        return {
            "versions": [record.version for record in self.versions],
            "blobs": [blob.name for blob in self.blobs],
            "bytes": self.size,
            "uploads": len(self.uploads),
            "claims": len(self.claims),
        }


def find(uri: str, retention: Retention = KEEP_ALL, grace: timedelta = GRACE) -> Garbage:
    """Find what nothing needs, and remove nothing.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix/NAME``.
    retention
        Which versions are kept; by default all.
    grace
        How old contents and uploads that nothing needs must be: what a push that failed has sent
        is there for the next one.

    Raises
    ------
    RecordError
        If a record is damaged or missing: what it needs cannot be told.
    """
    named = parse_s3_model(uri)
    return _find(Store.open(named.bucket), named, retention, grace, datetime.now(UTC))


def remove(
    uri: str,
    retention: Retention = KEEP_ALL,
    grace: timedelta = GRACE,
    progress: Progress | None = None,
) -> Garbage:
    """Remove what nothing needs, in a sweep; otherwise as `find`.

    A sweep removes for two minutes at most: the next one goes on.

    Parameters
    ----------
    progress
        Told of the objects removed since it was told last, and of those to remove in all.

    Returns
    -------
    Garbage
        What was removed.

    Raises
    ------
    SweepError
        If another sweep is under way.
    """
    named = parse_s3_model(uri)
    store = Store.open(named.bucket)
    since = Stopwatch()
    begun = sweeps.begin(store, named)
    gone = Garbage()
    try:
        now = objects.written_and_now(store, sweeps.generations(store, named).key(begun.number))[1]
        garbage = _find(store, named, retention, grace, now)
        gone.kept.update(garbage.kept)
        _remove(store, named, garbage, gone, since, of_total(progress, len(garbage)))
    finally:
        sweeps.end(store, named, begun, gone.summary())
    return gone


def _find(
    store: Store, uri: S3URI, retention: Retention, grace: timedelta, now: datetime
) -> Garbage:
    """Read the claims before the records: a claim is taken back after its record is written."""
    below = uri.key("blobs", "sha256", "")
    claimed, forgotten = _claims(store, uri, now)
    found = list(each(partial(versions.read, store, uri), versions.names(store, uri)))
    kept = retention.kept(found, _histories(store, uri), now)
    kept = {claim.version: "being pushed or promoted" for claim in claimed} | kept
    needed = {sha256 for claim in claimed for sha256 in claim.blobs}
    needed |= {
        blob["sha256"] for one in found if one.version in kept for blob in one.blobs.values()
    }
    return Garbage(
        versions=[record for record in found if record.version not in kept],
        blobs=[
            blob
            for blob in objects.listed(store, below)
            if now - blob.written >= grace
            and blob.name not in needed
            and _SHA256.fullmatch(blob.key.removeprefix(below))
        ],
        uploads=[
            upload
            for upload in multipart.unfinished(store, below)
            if upload.begun
            and now - upload.begun >= grace
            and upload.key.removeprefix(below) not in needed
        ],
        claims=forgotten,
        kept={record.version: kept[record.version] for record in found if record.version in kept},
    )


def _claims(store: Store, uri: S3URI, now: datetime) -> tuple[list[Claim], list[Listed]]:
    """Return the claims in force, and those that nobody took back in their lifetime."""
    in_force, forgotten = [], []
    for entry in objects.listed(store, claims.folder(uri)):
        if now - entry.written >= claims.LIFETIME:
            forgotten.append(entry)
            continue
        with suppress(AbsentError):  # taken back meanwhile: the record is written
            data = store.read(entry.key)
            in_force.append(Claim.from_bytes(data, f"s3://{store.bucket}/{entry.key}"))
    return in_force, forgotten


def _histories(store: Store, uri: S3URI) -> dict[str, list[Generation]]:
    return {
        alias: list(aliases.history(store, uri.at_alias(alias)))
        for alias in aliases.names(store, uri)
    }


def _remove(
    store: Store, uri: S3URI, garbage: Garbage, gone: Garbage, since: Stopwatch, moved: Moved
) -> None:
    """Remove versions before their contents, so that none is ever there in part."""
    steps: list[tuple[Callable[[Any], object], list[Any], list[Any]]] = [
        (partial(_remove_version, store, uri), garbage.versions, gone.versions),
        (lambda blob: objects.delete(store, blob.key), garbage.blobs, gone.blobs),
        (partial(multipart.abort, store), garbage.uploads, gone.uploads),
        (lambda claim: objects.delete(store, claim.key), garbage.claims, gone.claims),
    ]
    for act, planned, done in steps:
        with closing(each(partial(_in_time, since, act), planned)) as removing:
            for one in removing:
                if one is None:
                    return
                done.append(one)
                moved(1)


def _in_time(since: Stopwatch, act: Callable[[Any], object], one: Any) -> Any:
    """Do it unless it is too late; return what it was done to."""
    if since.seconds() > sweeps.SECONDS:
        return None
    act(one)
    return one


def _remove_version(store: Store, uri: S3URI, record: VersionRecord) -> None:
    """Note first that it was removed, so that its name is never used for anything else."""
    note = Removed(record.version, record.digest, records.whoami(), records.now())
    with suppress(TakenError):  # an earlier sweep came so far
        store.create(removed.key(uri, record.version), note.to_bytes())
    objects.delete(store, versions.key(uri, record.version))
