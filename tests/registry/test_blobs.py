import hashlib
from dataclasses import dataclass, field

import pytest

from registry import blobs
from registry.errors import AbsentError, IntegrityError, UnreachableError
from registry.store import Store

CONTENT = b"content of a blob"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    return folder / "file"


def test_blobs_are_named_by_their_content(store, uri, path):
    blobs.upload(store, uri, path, SHA256, print)

    assert store.read(uri.key("blobs", "sha256", SHA256)) == CONTENT


def test_a_blob_that_is_there_is_not_sent_again(environment, uri, path, sent):
    store = Store.open(uri.bucket)
    moved = []
    blobs.upload(store, uri, path, SHA256, moved.append)
    blobs.upload(store, uri, path, SHA256, moved.append)

    assert [method for method, _ in sent] == ["HEAD", "PUT", "HEAD"]
    assert moved == [len(CONTENT)] * 2


def test_a_blob_of_another_size_is_replaced(store, uri, path):
    store.write(blobs.key(uri, SHA256), b"half")

    blobs.upload(store, uri, path, SHA256, print)

    assert store.read(blobs.key(uri, SHA256)) == CONTENT


def test_a_blob_is_downloaded(store, uri, target):
    store.write(blobs.key(uri, SHA256), CONTENT)
    moved = []

    blobs.download(store, uri, SHA256, target, moved.append)

    assert target.read_bytes() == CONTENT
    assert sum(moved) == len(CONTENT)
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o444 == 0o444


def test_an_empty_blob_is_downloaded(store, uri, target):
    empty = hashlib.sha256(b"").hexdigest()
    store.write(blobs.key(uri, empty), b"")

    blobs.download(store, uri, empty, target, print)

    assert target.read_bytes() == b""


@pytest.mark.parametrize("damaged", [b"Content of a blob", CONTENT[:-1], CONTENT + b"!", b""])
def test_a_damaged_blob_is_refused_by_name_and_leaves_nothing(store, uri, target, damaged):
    store.write(blobs.key(uri, SHA256), damaged)

    with pytest.raises(
        IntegrityError, match=f"s3://shelf/{blobs.key(uri, SHA256)} is damaged: its SHA-256"
    ):
        blobs.download(store, uri, SHA256, target, print)

    assert list(target.parent.iterdir()) == []


def test_a_missing_blob_is_an_error_and_leaves_nothing(store, uri, target):
    with pytest.raises(AbsentError, match=f"cannot read s3://shelf/{blobs.key(uri, SHA256)}"):
        blobs.download(store, uri, SHA256, target, print)

    assert list(target.parent.iterdir()) == []


@dataclass(frozen=True)
class BrokenStore(Store):
    """A store whose connections break after five bytes, a number of times."""

    breaks: int = 1
    starts: list[int] = field(default_factory=list)

    def stream(self, key, start=0):
        self.starts.append(start)
        content = b"".join(super().stream(key, start))
        if len(self.starts) <= self.breaks:
            yield content[:5]
            raise UnreachableError
        yield content


def test_a_download_goes_on_where_the_connection_broke(store, uri, target):
    store.write(blobs.key(uri, SHA256), CONTENT)
    broken = BrokenStore(store.client, store.bucket, breaks=2)
    moved = []

    blobs.download(broken, uri, SHA256, target, moved.append)

    assert target.read_bytes() == CONTENT
    assert broken.starts == [0, 5, 10]
    assert moved == [5, 5, len(CONTENT) - 10]


def test_a_download_gives_up_after_three_breaks(store, uri, target):
    store.write(blobs.key(uri, SHA256), CONTENT)

    with pytest.raises(UnreachableError):
        blobs.download(
            BrokenStore(store.client, store.bucket, breaks=3), uri, SHA256, target, print
        )

    assert list(target.parent.iterdir()) == []


def test_a_file_holds_a_blob_only_if_size_and_hash_are_right(path, tmp_path):
    assert blobs.holds(path, SHA256, len(CONTENT))
    assert not blobs.holds(path, SHA256, len(CONTENT) + 1)
    assert not blobs.holds(path, "0" * 64, len(CONTENT))
    assert not blobs.holds(tmp_path / "none", SHA256, len(CONTENT))
