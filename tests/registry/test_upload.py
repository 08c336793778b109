import hashlib

import pytest

from recommender.manifest import FileEntry
from registry import blobs, multipart
from registry import upload as uploads
from registry.errors import DeniedError
from registry.store import Store

CONTENT = b"content of a blob"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def upload(store, uri, *paths, moved=print):
    uploads.upload(store, uri, [(path, FileEntry.of(path)) for path in paths], moved)


def test_blobs_are_named_by_their_content(store, uri, path):
    upload(store, uri, path)

    assert store.read(uri.key("blobs", "sha256", SHA256)) == CONTENT


def test_a_blob_that_is_there_is_not_sent_again(environment, uri, path, sent):
    store = Store.open(uri.bucket)
    moved = []
    upload(store, uri, path, moved=moved.append)
    upload(store, uri, path, moved=moved.append)

    assert [method for method, _ in sent] == ["HEAD", "PUT", "HEAD"]
    assert moved == [len(CONTENT)] * 2


def test_a_blob_of_another_size_is_replaced(store, uri, path):
    store.write(blobs.key(uri, SHA256), b"half")

    upload(store, uri, path)

    assert store.read(blobs.key(uri, SHA256)) == CONTENT


@pytest.fixture
def small_parts(monkeypatch):
    """Let what is larger than the smallest part that servers take go in parts."""
    monkeypatch.setattr(uploads, "PART_BYTES", 5 << 20)
    monkeypatch.setattr(multipart, "PART_BYTES", 5 << 20)


def test_large_and_small_blobs_go_together(store, uri, tmp_path, small_parts):
    contents = [b"a" * (11 << 20), b"b" * (6 << 20), *(bytes([n]) * n for n in range(1, 20))]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    moved = []

    upload(store, uri, *tmp_path.iterdir(), moved=moved.append)

    for content in contents:
        where = blobs.key(uri, hashlib.sha256(content).hexdigest())
        assert store.read(where) == content
    assert sum(moved) == sum(map(len, contents))


@pytest.fixture
def large(tmp_path, small_parts):
    path = tmp_path / "large"
    path.write_bytes(b"c" * ((5 << 20) + 1))
    return path


@pytest.mark.parametrize("there", [True, False])
def test_uploads_in_parts_that_others_left_are_taken_back(store, uri, large, there):
    if there:
        upload(store, uri, large)
    begin = store.client.create_multipart_upload
    for key in (blobs.key(uri, FileEntry.of(large).sha256), uri.key("something", "else")):
        begin(Bucket=store.bucket, Key=key)

    upload(store, uri, large)

    (left,) = multipart.unfinished(store, uri.key(""))
    assert left.key == uri.key("something", "else")
    multipart.abort(store, left)


def test_who_may_not_list_uploads_can_push(store, uri, large, monkeypatch):
    """The blob is there; what others left is for those who collect garbage."""

    def refuse(*_):
        raise DeniedError

    monkeypatch.setattr(multipart, "unfinished", refuse)

    upload(store, uri, large)

    assert store.size(blobs.key(uri, FileEntry.of(large).sha256)) == (5 << 20) + 1
