"""Uploads in parts: what real servers do with them, and what this code makes of that."""

import hashlib
import time
from datetime import UTC, datetime
from threading import Thread

import pytest

from registry import errors, multipart
from registry.multipart import Upload
from registry.store import Store, checksum

PART = 5 << 20  # bytes: the smallest that servers take, but for the last
CONTENT = bytes(range(256)) * (11 << 12)  # 11 MiB, in three parts
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(multipart, "PART_BYTES", PART)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def key(uri):
    return uri.key("a")


def unfinished(store, uri):
    return list(multipart.unfinished(store, uri.key("")))


def test_a_file_is_uploaded_in_parts(environment, uri, path, key, sent):
    store = Store.open(uri.bucket)
    moved = []
    multipart.upload(store, path, key, SHA256, moved.append)

    assert [method for method, _ in sent] == ["POST", "PUT", "PUT", "PUT", "POST"]
    assert store.read(key) == CONTENT
    assert moved == [PART, PART, len(CONTENT) - 2 * PART]
    assert unfinished(store, uri) == []


def test_there_are_never_more_parts_than_servers_take(store, path, key, monkeypatch):
    monkeypatch.setattr(multipart, "_MOST", 2)
    moved = []
    multipart.upload(store, path, key, SHA256, moved.append)

    assert moved == [len(CONTENT) // 2] * 2
    assert store.read(key) == CONTENT


@pytest.mark.parametrize("byte", [0, PART, len(CONTENT) - 1])
def test_a_file_that_changed_is_not_put_together(store, uri, path, key, byte):
    path.write_bytes(CONTENT[:byte] + bytes([CONTENT[byte] ^ 1]) + CONTENT[byte + 1 :])

    with pytest.raises(errors.IntegrityError, match="file changed while it was sent"):
        multipart.upload(store, path, key, SHA256, print)

    assert store.size(key) is None
    assert unfinished(store, uri) == []


def begin(store, key):
    answer = store.client.create_multipart_upload(
        Bucket=store.bucket, Key=key, ChecksumAlgorithm="SHA256"
    )
    return Upload(key, answer["UploadId"], datetime.now(UTC))


def test_a_part_that_is_not_what_its_checksum_says_is_refused(store, key):
    begun = begin(store, key)
    with pytest.raises(store.client.exceptions.ClientError, match=r"BadDigest|ChecksumMismatch"):
        store.client.upload_part(
            Bucket=store.bucket,
            Key=key,
            UploadId=begun.id,
            PartNumber=1,
            Body=b"damaged",
            ChecksumSHA256=checksum(hashlib.sha256(b"content").hexdigest()),
        )
    multipart.abort(store, begun)


def test_parts_are_put_together_only_by_their_checksums(store, key):
    begun = begin(store, key)
    part, _ = multipart._send_one(store, begun, (1, b"content"))
    other = part | {"ChecksumSHA256": checksum(hashlib.sha256(b"other").hexdigest())}

    with pytest.raises(errors.StoreError, match="the store answers 400"):
        multipart._complete(store, begun, [other])

    assert store.size(key) is None
    multipart.abort(store, begun)


def test_a_failed_upload_is_taken_back(environment, uri, path, key, on_event):
    def fail(**_):
        raise RuntimeError("failed")

    on_event("before-send.s3.CompleteMultipartUpload", fail)
    store = Store.open(uri.bucket)

    with pytest.raises(RuntimeError, match="failed"):
        multipart.upload(store, path, key, SHA256, print)

    assert unfinished(store, uri) == []
    assert store.size(key) is None


@pytest.mark.parametrize(
    "when", ["before-send.s3.UploadPart", "before-send.s3.CompleteMultipartUpload"]
)
def test_a_faster_writer_of_the_same_content_is_no_problem(
    environment, uri, path, key, on_event, when
):
    """It puts the content there, and takes back this upload as one that others left."""
    store = Store.open(uri.bucket)
    rival = []

    def be_faster(**_):
        if not rival:
            rival.append(path.read_bytes())
            store.write(key, rival[0])
            for other in multipart.unfinished(store, key):
                multipart.abort(store, other)

    on_event(when, be_faster)
    multipart.upload(Store.open(uri.bucket), path, key, SHA256, print)

    assert rival
    assert store.read(key) == CONTENT
    assert unfinished(store, uri) == []


def test_unfinished_uploads_are_listed_by_what_their_keys_begin_with(store, uri):
    uploads = [begin(store, uri.key("x", name)) for name in ("1", "2", "sub/3")]
    uploads.append(begin(store, uri.key("y")))

    found = list(multipart.unfinished(store, uri.key("x", "")))

    assert {(each.key, each.id) for each in found} == {(each.key, each.id) for each in uploads[:3]}
    assert all(abs(each.begun.timestamp() - time.time()) < 60 for each in found)
    for each in uploads:
        multipart.abort(store, each)
    assert unfinished(store, uri) == []


def test_what_was_ended_may_be_aborted_again(store, uri, key):
    begun = begin(store, key)
    multipart.abort(store, begun)
    multipart.abort(store, begun)

    begun = begin(store, key)
    part, _ = multipart._send_one(store, begun, (1, b"content"))
    multipart._complete(store, begun, [part])
    multipart.abort(store, begun)
    assert store.read(key) == b"content"


@pytest.mark.parametrize("rounds", [20, pytest.param(300, marks=pytest.mark.long)])
def test_what_is_aborted_while_it_is_put_together_is_whole_or_gone(store, key, rounds):
    """So an upload may be taken back whatever its owner does, if the content is there."""
    completed = violations = 0
    for number in range(rounds):
        where = f"{key}-{number}"
        begun = begin(store, where)
        part, _ = multipart._send_one(store, begun, (1, CONTENT))
        done = []

        def complete(begun=begun, part=part, done=done):
            try:
                multipart._complete(store, begun, [part])
            except errors.AbsentError:
                return
            done.append(True)

        completing = Thread(target=complete)
        completing.start()
        time.sleep(0.001 * (number % 12))
        multipart.abort(store, begun)
        completing.join()
        found = store.read(where) if store.size(where) is not None else None
        completed += bool(done)
        violations += found != (CONTENT if done else None)
    print(f"faults injected: {rounds}, states checked: {rounds}, violations: {violations}")
    print(f"completed before they were aborted: {completed}")
    assert violations == 0
