"""Objects in a bucket as upkeep sees them: how old they are, and how they are removed."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from registry.store import Store


@dataclass(frozen=True)
class Listed:
    """One object: its key, its size in bytes, and when it was written by the server's clock."""

    key: str
    size: int
    written: datetime

    @property
    def name(self) -> str:
        """Last part of the key."""
        return self.key.rpartition("/")[2]


def listed(store: Store, below: str) -> Iterator[Listed]:
    """Yield the objects whose keys start with ``below``, in the order of their keys."""
    with store.trying_to("list", below):
        pages = store.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=store.bucket, Prefix=below):
            for entry in page.get("Contents", ()):
                yield Listed(entry["Key"], entry["Size"], entry["LastModified"])


def written_and_now(store: Store, key: str) -> tuple[datetime, datetime]:
    """Return when an object was written and what time it is, both by the server's clock.

    Raises
    ------
    AbsentError
        If there is no such object.
    """
    with store.trying_to("look at", key):
        answer = store.client.head_object(Bucket=store.bucket, Key=key)
    now = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
    return answer["LastModified"], parsedate_to_datetime(now)


def delete(store: Store, key: str) -> None:
    """Remove an object; nothing happens if there is none."""
    with store.trying_to("delete", key):
        store.client.delete_object(Bucket=store.bucket, Key=key)
