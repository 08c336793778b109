import hashlib

import pytest

from registry import blobs
from registry.errors import AbsentError
from registry.uri import parse_s3

CONTENT = b"content of a blob"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_blobs_are_named_by_their_content():
    uri = parse_s3("s3://shelf/models/demo")
    assert blobs.key(uri, SHA256) == f"models/demo/blobs/sha256/{SHA256}"


def test_a_missing_content_is_told_with_what_to_do():
    told = "^cannot read it, and a version needs it; push that model again$"
    with pytest.raises(AbsentError, match=told), blobs.needed():
        raise AbsentError("cannot read it")
