"""What nothing needs: contents, uploads that were never completed, old versions."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from registry import aliases, claims, manifests, multipart, objects, versions
from registry.claims import Claim
from registry.errors import AbsentError
from registry.parallel import each

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from registry.aliases import Generation
    from registry.multipart import Upload
    from registry.objects import Listed
    from registry.retention import Retention
    from registry.store import Store
    from registry.uri import S3URI
    from registry.versions import VersionRecord

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
    young_blobs, young_uploads
        The same, but not old enough to be removed.
    until
        When the youngest of these will be; None if there are none.
    left
        How many more the sweep had no time to remove.
    """

    versions: list[VersionRecord] = field(default_factory=list)
    blobs: list[Listed] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    claims: list[Listed] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    young_blobs: list[Listed] = field(default_factory=list)
    young_uploads: list[Upload] = field(default_factory=list)
    until: datetime | None = None
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


def find(
    store: Store, uri: S3URI, retention: Retention, grace: timedelta, now: datetime
) -> Garbage:
    """Find what nothing needs.

    Claims are read before the records: a claim is taken back after its record is written.

    Raises
    ------
    RecordError, IntegrityError
        If a record is damaged or missing, or names other files than its manifest: what is needed
        cannot be told.
    """
    below = uri.key("blobs", "sha256", "")
    claimed, forgotten = _claims(store, uri, now)
    there = each(partial(versions.find, store, uri), versions.names(store, uri))
    found = [record for record in there if record is not None]  # else gc beside this removed it
    kept = retention.kept(found, _histories(store, uri), now)
    kept = {claim.version: _why(claim) for claim in claimed} | kept
    referred = partial(_referred, store, uri)
    claims_need = {sha256 for claim in claimed for sha256 in claim.blobs}
    needed = claims_need.union(*each(referred, [one for one in found if one.version in kept]))
    blobs = [
        blob
        for blob in objects.listed(store, below)
        if blob.name not in needed and _SHA256.fullmatch(blob.key.removeprefix(below))
    ]
    uploads = [
        upload
        for upload in multipart.unfinished(store, below)
        if upload.key.removeprefix(below) not in claims_need  # who pushes claims
    ]
    garbage = Garbage(
        versions=[record for record in found if record.version not in kept],
        claims=forgotten,
        kept={record.version: kept[record.version] for record in found if record.version in kept},
    )
    return _by_age(garbage, blobs, uploads, now - grace, grace)


def _by_age(
    garbage: Garbage, blobs: list[Listed], uploads: list[Upload], old: datetime, grace: timedelta
) -> Garbage:
    """Add contents and uploads: which may be removed, being as old as ``old``, and which not."""
    young_blobs = [blob for blob in blobs if blob.written > old]
    young_uploads = [upload for upload in uploads if upload.begun > old]
    young = [blob.written for blob in young_blobs] + [upload.begun for upload in young_uploads]
    return replace(
        garbage,
        blobs=[blob for blob in blobs if blob.written <= old],
        uploads=[upload for upload in uploads if upload.begun <= old],
        young_blobs=young_blobs,
        young_uploads=young_uploads,
        until=max(young) + grace if young else None,
    )


def _referred(store: Store, uri: S3URI, record: VersionRecord) -> set[str]:
    """Return what a version needs, for which the manifest, not the record, is asked at a pull."""
    manifests.read_matching(store, uri, record)
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


def _why(claim: Claim) -> str:
    """Return what is known of a claim: some accounts cannot take theirs back at the end."""
    return f"pushed or promoted by {claim.who} at {claim.when}, or at that still"


def _histories(store: Store, uri: S3URI) -> dict[str, list[Generation]]:
    return {
        alias: list(aliases.history(store, uri.at_alias(alias)))
        for alias in aliases.names(store, uri)
    }
