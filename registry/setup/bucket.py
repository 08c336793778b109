"""The bucket: there, versioned, and rid of what is old."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from registry.refusals import translated
from registry.setup.step import Step

if TYPE_CHECKING:
    from registry.store import Store

_RECOVERABLE_DAYS = 30  # what was overwritten or deleted can be restored for so long
_ABANDONED_DAYS = 7
_FILTER = {"Prefix": ""}
_RULES: dict[str, dict[str, Any]] = {
    "estante-overwritten": {"NoncurrentVersionExpiration": {"NoncurrentDays": _RECOVERABLE_DAYS}},
    "estante-deleted": {"Expiration": {"ExpiredObjectDeleteMarker": True}},
}
# MinIO knows no such rule: it refuses it alone, and forgets it beside others.
_ABANDONED = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _ABANDONED_DAYS}}


def steps(store: Store, *, minio: bool) -> list[Step]:
    """Return what the bucket should have; nothing is changed before a step is applied."""
    exists = _exists(store)
    return [
        Step("bucket", "there") if exists else Step("bucket", "missing", partial(_create, store)),
        _versioning(store, exists),
        _lifecycle(store, exists, minio),
    ]


def _exists(store: Store) -> bool:
    with translated(f"look at the bucket {store.bucket} at {store.endpoint}"):
        return _unless("404", partial(store.client.head_bucket, Bucket=store.bucket)) is not None


def _create(store: Store) -> None:
    region = store.client.meta.region_name
    # AWS asks for the region everywhere but in its first, and there it must not be said.
    place: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    place = {} if region == "us-east-1" else place
    with translated(f"create the bucket {store.bucket} at {store.endpoint}"):
        store.client.create_bucket(Bucket=store.bucket, **place)


def _versioning(store: Store, exists: bool) -> Step:
    what = "versioning"
    with translated(f"read the versioning of {store.bucket} at {store.endpoint}"):
        get = store.client.get_bucket_versioning
        if exists and get(Bucket=store.bucket).get("Status") == "Enabled":
            return Step(what, "on")
    return Step(what, "off", partial(_switch_versioning_on, store))


def _switch_versioning_on(store: Store) -> None:
    with translated(f"switch the versioning of {store.bucket} on at {store.endpoint}"):
        store.client.put_bucket_versioning(
            Bucket=store.bucket, VersioningConfiguration={"Status": "Enabled"}
        )


def _lifecycle(store: Store, exists: bool, minio: bool) -> Step:
    """Ask for the registry's own rules; rules of other names stay."""
    ours = _RULES if minio else {**_RULES, "estante-abandoned": _ABANDONED}
    wanted = [
        {"ID": name, "Status": "Enabled", "Filter": _FILTER, **rule} for name, rule in ours.items()
    ]
    what = f"lifecycle: restorable for {_RECOVERABLE_DAYS} days" + (
        "" if minio else f", abandoned uploads removed after {_ABANDONED_DAYS}"
    )
    with translated(f"read the lifecycle of {store.bucket} at {store.endpoint}"):
        get = partial(store.client.get_bucket_lifecycle_configuration, Bucket=store.bucket)
        found = _unless("NoSuchLifecycleConfiguration", get) if exists else None
    rules: list[Any] = found["Rules"] if found else []
    if all(rule in rules for rule in wanted):
        return Step(what, "there")
    others = [rule for rule in rules if rule.get("ID") not in ours]
    return Step(what, "missing", partial(_put_lifecycle, store, others + wanted))


def _put_lifecycle(store: Store, rules: list[Any]) -> None:
    with translated(f"write the lifecycle of {store.bucket} at {store.endpoint}"):
        store.client.put_bucket_lifecycle_configuration(
            Bucket=store.bucket, LifecycleConfiguration={"Rules": rules}
        )


def _unless(code: str, ask: Any) -> Any:
    """Return the answer; None if it is the error of that code."""
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"].get("Code") != code:
            raise
    return None
