"""Versions that ``gc`` removed: their names are not used for anything else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from registry import records
from registry.errors import AbsentError

if TYPE_CHECKING:
    from registry.store import Store
    from registry.uri import S3URI

_FIELDS: dict[str, type | tuple[type, ...]] = dict.fromkeys(
    ("version", "digest", "who", "when"), str
)


@dataclass(frozen=True)
class Removed:
    """What ``removed/VERSION.json`` says.

    Parameters
    ----------
    digest
        Of the model that the version was.
    who, when
        Removed it: user@host, and the UTC time as 2026-11-24T08:15:00Z.
    """

    version: str
    digest: str
    who: str
    when: str

    def to_bytes(self) -> bytes:
        """Return the record as JSON."""
        return records.to_bytes(asdict(self))


def key(uri: S3URI, version: str) -> str:
    """Return where it is noted that a version was removed."""
    return uri.key("removed", f"{version}.json")


def find(store: Store, uri: S3URI, version: str) -> Removed | None:
    """Read what is noted of a version's removal; None if it was not removed.

    Raises
    ------
    RecordError
        If the record is not of its form.
    """
    try:
        data = store.read(key(uri, version))
    except AbsentError:
        return None
    where = f"s3://{store.bucket}/{key(uri, version)}"
    return Removed(**records.from_bytes(data, where, _FIELDS))
