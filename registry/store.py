"""A bucket of an S3 object store: MinIO, SeaweedFS, AWS, all alike.

Endpoint, region, credentials and CA bundle come from where every AWS tool takes them: the
variables AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_CA_BUNDLE and so on, or the files in ``~/.aws``.
"""

from __future__ import annotations

import base64
import hashlib
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry import clients
from registry.errors import AbsentError, ConflictError, IntegrityError, StoreError
from registry.refusals import UNREACHABLE, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

PART_BYTES = 16 << 20  # what is larger is written in parts of this size, several at a time
_CONFLICT_PAUSES = (0.1, 0.2, 0.4)  # seconds; AWS asks to try again while others write


@dataclass(frozen=True)
class Store:
    """One bucket; several threads may use it at once.

    Parameters
    ----------
    client
        A boto3 client.
    bucket
        The bucket's name.
    """

    client: S3Client
    bucket: str

    @classmethod
    def open(cls, bucket: str, *, patient: bool = True) -> Store:
        """Prepare to use a bucket, as the environment says; nothing is sent yet.

        Parameters
        ----------
        patient
            Whether to wait for half a minute for a store that does not answer; else for 5 s, for
            who will ask again anyway, and has something else to do meanwhile.

        Raises
        ------
        StoreError
            If the environment makes no sense, as an endpoint that is no URL.
        """
        what = f"use the bucket {bucket}"
        try:
            with translated(what):
                return cls(clients.client(patient=patient), bucket)
        except ValueError as error:
            raise StoreError(
                f"cannot {what}: {error}; the variables whose names begin with AWS_ say which store"
            ) from error

    @property
    def endpoint(self) -> str:
        """URL of the server."""
        return self.client.meta.endpoint_url

    def trying_to(self, verb: str, key: str) -> AbstractContextManager[None]:
        """Turn what boto3 raises into the registry's errors; they name verb, key and server."""
        return translated(f"{verb} s3://{self.bucket}/{key} at {self.endpoint}")

    def read(self, key: str) -> bytes:
        """Return a small object, verified by the checksum with which it was written.

        Raises
        ------
        AbsentError
            If there is none.
        IntegrityError
            If it is damaged, or was on the way.
        """
        with self.trying_to("read", key):
            content, written = self._get({"Bucket": self.bucket, "Key": key})
        # One with a - is made of the checksums of parts, and says nothing of the whole.
        if written and "-" not in written and written != checksum(_sha256(content)):
            raise IntegrityError(
                f"cannot read s3://{self.bucket}/{key} at {self.endpoint}: what arrives is damaged "
                f"(its SHA-256 is not the {written} with which it was written); if it is so again, "
                "the object is"
            )
        return content

    def _get(
        self, request: GetObjectRequestTypeDef, whole: int | None = None
    ) -> tuple[bytes, str | None]:
        """Return what is asked for of an object, and the checksum with which all was written.

        The object must have ``whole`` bytes in all if that is given.

        boto3 tries again when no answer comes; this, when one breaks off in the middle.
        """
        attempt = 1
        while True:
            answer = self.client.get_object(**request)
            found = int(
                answer.get("ContentRange", "").rpartition("/")[2] or answer["ContentLength"]
            )
            with closing(answer["Body"]) as body:
                if whole not in (None, found):
                    raise IntegrityError(
                        f"s3://{self.bucket}/{request['Key']} is damaged: it has {found:,} bytes, "
                        f"not {whole:,}; push the model again after deleting that object"
                    )
                try:
                    return body.read(), answer.get("ChecksumSHA256")
                except UNREACHABLE:
                    if attempt == clients.ATTEMPTS:
                        raise
            attempt += 1

    def size(self, key: str) -> int | None:
        """Return an object's size in bytes; None if there is no such object."""
        try:
            with self.trying_to("look at", key):
                return self.client.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        except AbsentError:
            return None

    def create(self, key: str, body: bytes) -> None:
        """Write a small object that must not exist yet: of several writers, one succeeds.

        Raises
        ------
        TakenError
            If it exists, perhaps because an answer to an earlier attempt of this very call was
            lost: read it and compare.
        """
        for pause in _CONFLICT_PAUSES:
            with suppress(ConflictError):
                return self._create(key, body)
            time.sleep(pause)
        return self._create(key, body)

    def _create(self, key: str, body: bytes) -> None:
        with self.trying_to("create", key):
            self._put(key, body, IfNoneMatch="*")

    def write(self, key: str, body: bytes) -> None:
        """Write a small object, over an older one if need be."""
        with self.trying_to("write", key):
            self._put(key, body)

    def _put(self, key: str, body: bytes, **condition: Any) -> None:
        self.client.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            ChecksumSHA256=checksum(_sha256(body)),
            **condition,
        )

    def upload(self, path: Path, key: str, sha256: str) -> None:
        """Write a file of at most `PART_BYTES`; the server refuses it if it is not as said.

        Parameters
        ----------
        sha256
            Of its content, in hex.
        """
        with self.trying_to("write", key), path.open("rb") as body:
            self.client.put_object(
                Bucket=self.bucket, Key=key, Body=body, ChecksumSHA256=checksum(sha256)
            )

    def piece(self, key: str, start: int, size: int, whole: int) -> bytes:
        """Return ``size`` bytes of an object from byte ``start`` on.

        Parameters
        ----------
        whole
            Bytes the object must have in all.

        Raises
        ------
        AbsentError
            If there is none.
        IntegrityError
            If it has more or fewer.
        """
        request: GetObjectRequestTypeDef = {"Bucket": self.bucket, "Key": key}
        if size < whole:
            request["Range"] = f"bytes={start}-{start + size - 1}"
        with self.trying_to("read", key):
            return self._get(request, whole)[0]

    def keys(self, below: str) -> Iterator[str]:
        """Yield the keys that start with ``below``, in order."""
        with self.trying_to("list", below):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=below):
                for entry in page.get("Contents", ()):
                    yield entry["Key"]

    def folders(self, below: str) -> Iterator[str]:
        """Yield the names of the folders directly in ``below``, which is empty or ends in /."""
        with self.trying_to("list", below):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=below, Delimiter="/"):
                for entry in page.get("CommonPrefixes", ()):
                    yield entry["Prefix"].removeprefix(below).removesuffix("/")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def checksum(sha256: str) -> str:
    """Return a hexadecimal SHA-256 in the form of the protocol."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()
