"""What the registry asks of an object store, asked of real ones."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from botocore.awsrequest import AWSResponse

from registry import errors
from registry import store as stores
from registry.store import Store


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_what_is_written_is_read(store, uri):
    store.write(uri.key("a"), b"one")
    store.write(uri.key("a"), b"two")

    assert store.read(uri.key("a")) == b"two"
    assert store.size(uri.key("a")) == 3


def test_what_is_absent_is_said_to_be(store, uri):
    with pytest.raises(errors.AbsentError, match=f"cannot read s3://shelf/{uri.key('a')} at http"):
        store.read(uri.key("a"))

    assert store.size(uri.key("a")) is None


def test_of_many_writers_one_creates(store, uri):
    writers = 16
    start = Barrier(writers)

    def create(number):
        start.wait()
        try:
            store.create(uri.key("one"), str(number).encode())
        except errors.TakenError:
            return None
        return number

    with ThreadPoolExecutor(writers) as pool:
        winners = [number for number in pool.map(create, range(writers)) if number is not None]

    assert [str(number).encode() for number in winners] == [store.read(uri.key("one"))]


def test_creating_waits_while_others_write(environment, uri, on_event, monkeypatch):
    """AWS answers 409 for a moment, where other servers wait by themselves."""
    monkeypatch.setattr(stores, "_CONFLICT_PAUSES", (0, 0))
    body = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
    answers = [Refusal(409, body), Refusal(409, body)]
    on_event("before-send.s3.PutObject", lambda **_: answers.pop() if answers else None)
    store = Store.open(uri.bucket)

    store.create(uri.key("a"), b"content")

    assert answers == []
    assert store.read(uri.key("a")) == b"content"


class Refusal(AWSResponse):
    def __init__(self, status, body):
        super().__init__("http://x", status, {}, None)
        self._content = body


def test_what_rots_on_the_servers_disk_is_named(one_attempt, store, uri, rot):
    content = f"a record of {uri.name}".encode()
    store.write(uri.key("a"), content)
    store.write(uri.key("b"), b"another")
    rot(content)

    with pytest.raises(
        errors.BrokenError, match=f"cannot read s3://shelf/{uri.key('a')} at .* answers 50"
    ):
        store.read(uri.key("a"))
    assert store.read(uri.key("b")) == b"another"


def test_what_is_not_what_was_written_is_refused(store, uri, on_event):
    """A bit flips on the way: the checksum with which it was written comes along."""
    store.write(uri.key("a"), b"content")

    def flip(parsed, **_):
        parsed["ChecksumSHA256"] = stores.checksum(sha256(b"Content"))

    on_event("after-call.s3.GetObject", flip)
    with pytest.raises(errors.IntegrityError, match=f"{uri.key('a')} at .* arrives is damaged"):
        Store.open(uri.bucket).read(uri.key("a"))


def test_a_file_is_uploaded_with_its_checksum(store, uri, tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    store.upload(tmp_path / "file", uri.key("a"), sha256(b"content"))

    assert store.read(uri.key("a")) == b"content"


def test_a_file_that_changed_meanwhile_is_refused(store, uri, tmp_path):
    (tmp_path / "file").write_bytes(b"changed")
    with pytest.raises(errors.StoreError, match="the store answers 400"):
        store.upload(tmp_path / "file", uri.key("a"), sha256(b"content"))

    assert store.size(uri.key("a")) is None


def test_a_piece_is_some_of_an_object_of_a_known_size(store, uri):
    store.write(uri.key("a"), b"0123456789")

    assert store.piece(uri.key("a"), 0, 10, 10) == b"0123456789"
    assert store.piece(uri.key("a"), 2, 3, 10) == b"234"
    assert store.piece(uri.key("a"), 7, 3, 10) == b"789"

    for start, size, whole in [(0, 9, 9), (0, 11, 11), (2, 3, 9), (2, 3, 11)]:
        with pytest.raises(
            errors.IntegrityError, match=f"{uri.key('a')} is damaged: it has 10 bytes, not {whole}"
        ):
            store.piece(uri.key("a"), start, size, whole)
    with pytest.raises(errors.IntegrityError, match="damaged, shorter than it ought to be"):
        store.piece(uri.key("a"), 10, 1, 11)


def test_keys_and_folders_are_listed(store, uri):
    for name in ("x/1", "x/2", "x/sub/3", "y/4", "top"):
        store.write(uri.key(name), b"-")

    assert list(store.keys(uri.key("x", ""))) == [uri.key("x", n) for n in ("1", "2", "sub/3")]
    assert list(store.folders(uri.key(""))) == ["x", "y"]
    assert list(store.keys(uri.key("none", ""))) == []


def test_a_missing_bucket_is_an_error(environment):
    store = Store.open("no-such-bucket")
    for ask in (
        lambda: store.read("a"),
        lambda: store.write("a", b"-"),
        lambda: store.create("a", b"-"),
        lambda: list(store.keys("a")),
    ):
        with pytest.raises(
            errors.BucketError, match=r"/no-such-bucket/a at http.*registry setup s"
        ):
            ask()
