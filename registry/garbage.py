"""Removing what nothing needs: contents, uploads that were never completed, old versions.

What a removal might endanger is somebody who refers to it at that moment; :mod:`registry.claims`
tells how that is prevented.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from registry import multipart, objects, records, removed, sweeps, unneeded, versions
from registry.errors import TakenError, VersionError
from registry.parallel import each
from registry.progress import of_total
from registry.removed import Removed
from registry.retention import KEEP_ALL, Retention
from registry.store import Store
from registry.sweeps import Stopwatch
from registry.unneeded import Garbage
from registry.uri import parse_s3_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.objects import Listed
    from registry.progress import Moved, Progress
    from registry.uri import S3URI
    from registry.versions import VersionRecord

GRACE = timedelta(hours=24)
_FOLDERS = {"versions", "history", "aliases", "rules", "blobs", "claims", "removed"}


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
    return unneeded.find(store, named, retention, grace, datetime.now(UTC))


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
        garbage = unneeded.find(store, named, retention, grace, now)
        gone.kept.update(garbage.kept)
        _remove(store, named, garbage, gone, since, of_total(progress, len(garbage)))
    finally:
        sweeps.end(store, named, begun, gone.summary())
    return replace(
        gone,
        left=len(garbage) - len(gone),
        young_blobs=garbage.young_blobs,
        young_uploads=garbage.young_uploads,
        until=garbage.until,
    )


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
