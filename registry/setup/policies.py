"""Who may do what in a bucket, as policy documents of AWS's form.

Everybody reads. Only the janitor, who runs ``gc``, deletes, and nobody changes the bucket. No
policy can ask for create-only puts on MinIO, so that a trainer could overwrite a record; with
versioning, what was there before stays for an administrator to restore.
"""

from __future__ import annotations

from typing import Any

_BLOBS = "blobs/sha256/*"
# What each role writes and deletes, below PREFIX/NAME/.
_WRITES = {
    "trainer": (
        _BLOBS,
        "versions/*.json",
        "history/*/*.json",
        "aliases/*.json",
        "rules/*/*.json",
        "claims/*.json",
    ),
    "server": (),
    "janitor": ("sweeps/*.json", "removed/*.json"),
}
_DELETES = {"janitor": (_BLOBS, "versions/*.json", "claims/*.json")}
ROLES = tuple(_WRITES)
_FURTHER_KEYS = "admin:CreateServiceAccount"


def name(bucket: str, role: str) -> str:
    """Return the name of a role's policy, and of its account: both are the whole server's."""
    return f"{bucket}-{role}"


def all_of(bucket: str, *, minio: bool) -> dict[str, dict[str, Any]]:
    """Return the policy of every role by its name."""
    return {name(bucket, role): document(bucket, role, minio=minio) for role in ROLES}


def document(bucket: str, role: str, *, minio: bool) -> dict[str, Any]:
    """Return the policy of a role.

    Parameters
    ----------
    role
        ``server`` reads; ``trainer`` writes what a push and a promotion do; ``janitor`` removes
        what ``gc`` does.
    minio
        Whether the policy is for MinIO, where every account may make itself further keys unless
        that is denied: they would outlive a change of its secret.
    """
    everything = f"arn:aws:s3:::{bucket}"
    statements = [
        # Who may list is told 404 of what is not there yet; else AWS would say 403.
        _allow(["s3:GetBucketLocation", "s3:ListBucket"], [everything]),
        _allow(["s3:GetObject"], [f"{everything}/*"]),
    ]
    for action, below in (("Put", _WRITES[role]), ("Delete", _DELETES.get(role, ()))):
        if below:
            resources = [f"{everything}/*/{part}" for part in below]
            statements.append(_allow([f"s3:{action}Object"], resources))
    if role != "server":  # both take back uploads that were not completed
        statements += [
            _allow(["s3:ListBucketMultipartUploads"], [everything]),
            _allow(
                ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                [f"{everything}/*/{_BLOBS}"],
            ),
        ]
    if minio:
        statements.append({"Effect": "Deny", "Action": [_FURTHER_KEYS]})
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(resources)}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two policies say the same; servers keep their lists in any order."""
    return bool(_ordered(one) == _ordered(other))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return sorted((_ordered(entry) for entry in value), key=repr)
    return value
