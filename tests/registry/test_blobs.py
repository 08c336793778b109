import hashlib

from recommender.manifest import FileEntry
from registry import blobs
from registry.uri import parse_s3

CONTENT = b"content of a blob"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_blobs_are_named_by_their_content():
    uri = parse_s3("s3://shelf/models/demo")
    assert blobs.key(uri, SHA256) == f"models/demo/blobs/sha256/{SHA256}"


def test_a_file_holds_a_blob_only_if_size_and_hash_are_right(tmp_path):
    path, size = tmp_path / "file", len(CONTENT)
    path.write_bytes(CONTENT)
    assert blobs.holds(path, FileEntry(size, SHA256))
    assert not blobs.holds(path, FileEntry(size + 1, SHA256))
    assert not blobs.holds(path, FileEntry(size, "0" * 64))
    assert not blobs.holds(tmp_path / "none", FileEntry(size, SHA256))
