"""Large files on their way into a bucket: in parts, several at once.

A file is read once, from its beginning to its end. The server refuses a part that is not what its
SHA-256 says, and puts the parts together by these; what was read is hashed as a whole too, and the
parts are put together only if that is what was asked for. So what appears is the content, byte for
byte, or nothing.
"""

from __future__ import annotations

import hashlib
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from registry.errors import AbsentError, IntegrityError, StoreError
from registry.parallel import each
from registry.store import PART_BYTES, checksum

if TYPE_CHECKING:
    from collections.abc import Iterator
    from hashlib import _Hash as Hash
    from pathlib import Path

    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

    from registry.progress import Moved
    from registry.store import Store

_MOST = 10_000  # parts that a server puts together


@dataclass(frozen=True)
class Upload:
    """An upload in parts that was begun, and neither completed nor aborted.

    Parameters
    ----------
    key
        Of the object that it would become.
    id
        By which the server knows it.
    begun
        When, by the server's clock; by this machine's if it has just begun it.
    """

    key: str
    id: str
    begun: datetime


def upload(store: Store, path: Path, key: str, sha256: str, moved: Moved) -> None:
    """Write a file of any size; what was sent is taken back if that fails.

    Parameters
    ----------
    sha256
        Of its content, in hex.
    moved
        Told of the bytes sent since it was told last.

    Raises
    ------
    IntegrityError
        If the file's content is another.
    """
    begun = Upload(key, _begin(store, key), datetime.now(UTC))
    whole = hashlib.sha256()
    try:
        parts = _send(store, begun, _pieces(path, whole), moved)
        if whole.hexdigest() != sha256:
            raise IntegrityError(f"{path} changed while it was sent: fit or pull the model again")
        _complete(store, begun, parts)
    except BaseException as error:
        with suppress(StoreError):
            abort(store, begun)
        if not isinstance(error, StoreError) or not _is_there(store, key, path):
            raise  # else only an answer was lost, or another writer of this content was faster


def _begin(store: Store, key: str) -> str:
    with store.trying_to("write", key):
        return store.client.create_multipart_upload(
            Bucket=store.bucket, Key=key, ChecksumAlgorithm="SHA256"
        )["UploadId"]


def _pieces(path: Path, whole: Hash) -> Iterator[tuple[int, bytes]]:
    """Yield a file's pieces with their numbers, from 1, and hash them all together."""
    size = max(PART_BYTES, -(-path.stat().st_size // _MOST))
    with path.open("rb") as file:
        for number in count(1):
            piece = file.read(size)
            if not piece:
                return
            whole.update(piece)
            yield number, piece


def _send(
    store: Store, begun: Upload, pieces: Iterator[tuple[int, bytes]], moved: Moved
) -> list[CompletedPartTypeDef]:
    parts = []
    with closing(each(partial(_send_one, store, begun), pieces)) as sent:
        for part, size in sent:
            parts.append(part)
            moved(size)
    return parts


def _send_one(
    store: Store, begun: Upload, numbered: tuple[int, bytes]
) -> tuple[CompletedPartTypeDef, int]:
    number, piece = numbered
    sha256 = checksum(hashlib.sha256(piece).hexdigest())
    with store.trying_to("write", begun.key):
        answer = store.client.upload_part(
            Bucket=store.bucket,
            Key=begun.key,
            UploadId=begun.id,
            PartNumber=number,
            Body=piece,
            ChecksumSHA256=sha256,
        )
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": sha256}, len(piece)


def _complete(store: Store, begun: Upload, parts: list[CompletedPartTypeDef]) -> None:
    with store.trying_to("write", begun.key):
        store.client.complete_multipart_upload(
            Bucket=store.bucket,
            Key=begun.key,
            UploadId=begun.id,
            MultipartUpload={"Parts": parts},
        )


def _is_there(store: Store, key: str, path: Path) -> bool:
    with suppress(StoreError):
        return store.size(key) == path.stat().st_size
    return False


def unfinished(store: Store, below: str) -> Iterator[Upload]:
    """Yield the uploads of objects whose keys start with ``below``: under way, or abandoned."""
    with store.trying_to("list the uploads in parts of", below):
        # All of the bucket's: MinIO lists by whole keys or not at all.
        pages = store.client.get_paginator("list_multipart_uploads").paginate(Bucket=store.bucket)
        for page in pages:
            for entry in page.get("Uploads", ()):
                if entry["Key"].startswith(below):
                    yield Upload(entry["Key"], entry["UploadId"], entry["Initiated"])


def abort(store: Store, upload: Upload) -> None:
    """Take back what was sent; nothing happens if the upload was completed or aborted before.

    Whoever completes it at the same moment finds it completed, or gone: nothing in between.
    """
    with suppress(AbsentError), store.trying_to("take back an upload of", upload.key):
        store.client.abort_multipart_upload(Bucket=store.bucket, Key=upload.key, UploadId=upload.id)
