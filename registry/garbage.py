"""Removing what nothing needs: contents, uploads that were never completed, old versions.

What a removal might endanger is somebody who refers to it at that moment; :mod:`registry.claims`
tells how that is prevented.
"""

from __future__ import annotations

import re
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from registry import aliases, claims, multipart, objects, records, removed, sweeps, versions
from registry.claims import Claim
from registry.errors import AbsentError, TakenError, VersionError
from registry.parallel import each
from registry.progress import of_total
from registry.removed import Removed
from registry.retention import KEEP_ALL, Retention
from registry.store import Store
from registry.sweeps import Stopwatch
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
_FOLDERS = {"versions", "history", "aliases", "rules", "blobs", "claims", "removed"}
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
    left
        How many more the sweep had no time to remove.
    """

    versions: list[VersionRecord] = field(default_factory=list)
    blobs: list[Listed] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    claims: list[Listed] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    left: int = 0

    def __len__(self) -> int:
        return len(self.versions) + len(self.blobs) + len(self.uploads) + len(self.claims)

    @property
    def size(self) -> int:
        """Bytes of the contents."""
        return sum(blob.size for blob in self.blobs)

    def summary(self) -> dict[str, Any]:
        """Return what it is made of, by the names of versions and the SHA-256 of contents."""
        return {
            "versions": sorted(record.version for record in self.versions),
            "blobs": sorted(blob.name for blob in self.blobs),
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
    VersionError
        If there is nothing of that name.
    RecordError, IntegrityError
        If a record is damaged or missing, or names other files than its manifest: what is needed
        cannot be told.
    """
    store, named = _open(uri)
    return _find(store, named, retention, grace, datetime.now(UTC))


def remove(
    uri: str,
    retention: Retention = KEEP_ALL,
    grace: timedelta = GRACE,
    progress: Progress | None = None,
) -> Garbage:
    """Remove what nothing needs, in a sweep; otherwise as `find`.

    A sweep removes for two minutes at most: `Garbage.left` tells of more, the next one goes on.

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
    store, named = _open(uri)
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
    return replace(gone, left=len(garbage) - len(gone))


def _open(uri: str) -> tuple[Store, S3URI]:
    """Return the store and the model's name; refuse one of which there is nothing."""
    named = parse_s3_model(uri)
    store = Store.open(named.bucket)
    there = _FOLDERS & set(store.folders(named.key("")))
    if not there and not any(multipart.unfinished(store, named.key("blobs", ""))):
        raise VersionError(
            f"there is nothing of {named} at {store.endpoint}: check the name; python -m registry "
            "list s3://BUCKET/PREFIX/ shows the models there are"
        )
    return store, named


def _find(
    store: Store, uri: S3URI, retention: Retention, grace: timedelta, now: datetime
) -> Garbage:
    """Read the claims before the records: a claim is taken back after its record is written."""
    below = uri.key("blobs", "sha256", "")
    claimed, forgotten = _claims(store, uri, now)
    there = each(partial(versions.find, store, uri), versions.names(store, uri))
    found = [record for record in there if record is not None]  # else gc beside this removed it
    kept = retention.kept(found, _histories(store, uri), now)
    kept = {claim.version: "being pushed or promoted" for claim in claimed} | kept
    referred = partial(_referred, store, uri)
    claims_need = {sha256 for claim in claimed for sha256 in claim.blobs}
    needed = claims_need.union(*each(referred, [one for one in found if one.version in kept]))
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
            and upload.key.removeprefix(below) not in claims_need  # who pushes claims
        ],
        claims=forgotten,
        kept={record.version: kept[record.version] for record in found if record.version in kept},
    )


def _referred(store: Store, uri: S3URI, record: VersionRecord) -> set[str]:
    """Return what a version needs, for which the manifest, not the record, is asked at a pull."""
    manifest, data = versions.read_manifest(store, uri, record)
    versions.require_same_files(uri, record, manifest, data)
    return {blob["sha256"] for blob in record.blobs.values()}


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
    note = partial(_note, store, uri)
    steps: list[tuple[list[Callable[[Any], object]], list[Any], list[Any]]] = [
        ([note, partial(_delete_record, store, uri)], garbage.versions, gone.versions),
        ([partial(_delete, store)], garbage.blobs, gone.blobs),
        ([partial(multipart.abort, store)], garbage.uploads, gone.uploads),
        ([partial(_delete, store)], garbage.claims, gone.claims),
    ]
    for acts, planned, done in steps:
        with closing(each(partial(_in_time, since, acts, done), planned)) as removing:
            for in_time in removing:
                if not in_time:
                    return
                moved(1)


def _in_time(
    since: Stopwatch, acts: list[Callable[[Any], object]], done: list[Any], one: Any
) -> bool:
    """Do single requests unless it is too late; list at once, in any order, what is done."""
    for act in acts:
        if since.seconds() > sweeps.SECONDS:
            return False
        act(one)
    done.append(one)  # here and now: a failure elsewhere hides nothing that is removed
    return True


def _note(store: Store, uri: S3URI, record: VersionRecord) -> None:
    """Note that a version is removed before it is: its name is never used for anything else."""
    note = Removed(record.version, record.digest, records.whoami(), records.now())
    with suppress(TakenError):  # an earlier sweep came so far
        store.create(removed.key(uri, record.version), note.to_bytes())


def _delete_record(store: Store, uri: S3URI, record: VersionRecord) -> None:
    objects.delete(store, versions.key(uri, record.version))


def _delete(store: Store, listed: Listed) -> None:
    objects.delete(store, listed.key)
