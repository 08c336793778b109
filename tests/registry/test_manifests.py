from dataclasses import replace

import pytest

from recommender.manifest import digest_of
from registry import blobs, manifests, objects
from registry.errors import IntegrityError, RecordError
from registry.push import push
from registry.versions import VersionRecord


@pytest.fixture
def record(uri):
    return VersionRecord(uri.name, "v1", "", "ana@host", "2026-11-24T08:15:00Z", blobs={})


def test_a_manifest_is_verified_against_the_digest(store, uri, record, artifact, digest):
    data = (artifact / "manifest.json").read_bytes()
    record = replace(record, digest=digest(artifact))
    key = blobs.key(uri, record.digest.removeprefix("sha256:"))
    store.write(key, data)
    assert manifests.read(store, uri, record)[1] == data

    store.write(key, data.replace(b"size", b"Size"))
    with pytest.raises(IntegrityError, match=f"s3://shelf/{key} is damaged"):
        manifests.read(store, uri, record)


def test_a_manifest_of_another_form_is_refused(store, uri, record):
    record = replace(record, digest=digest_of(b"{}"))
    store.write(blobs.key(uri, record.digest.removeprefix("sha256:")), b"{}")

    with pytest.raises(RecordError, match=f"{uri}:v1: manifest.json has format version None"):
        manifests.read(store, uri, record)


def test_a_record_must_name_the_files_of_its_manifest_and_these_must_be_there(
    store, uri, model, artifact
):
    record = push(artifact, f"{model}:v1", bento=False)
    manifests.require_complete(store, uri, record)

    other = replace(record, blobs={**record.blobs, "c": record.blobs["a"]})
    with pytest.raises(IntegrityError, match=f"record of {uri}:v1 names other files than its man"):
        manifests.read_matching(store, uri, other)

    objects.delete(store, blobs.key(uri, record.blobs["a"]["sha256"]))
    manifests.read_matching(store, uri, record)
    with pytest.raises(IntegrityError, match=f"a of {uri}:v1 is missing .*: push that model again"):
        manifests.require_complete(store, uri, record)
