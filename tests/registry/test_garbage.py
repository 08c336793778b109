"""What is removed, and that nothing else is."""

import hashlib
import json
import threading
from datetime import timedelta

import pytest

from registry import blobs, claims, garbage, multipart, objects, sweeps, versions
from registry.errors import (
    SweepError,
    UnreachableError,
    URIError,
    VersionError,
)
from registry.promotion import promote
from registry.pull import pull
from registry.push import push
from registry.retention import Retention

# The store's clock tells whole seconds, so what was just written may seem to be of the future.
NO_GRACE = timedelta(seconds=-60)
NONE = Retention(versions=0)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def kept(store, uri):
    below = uri.key("blobs", "sha256", "")
    return {key.removeprefix(below) for key in store.keys(below)}


def test_content_that_no_version_needs_is_removed(store, uri, model, make_artifact, forget):
    push(make_artifact("one", a=b"same", b=b"old"), f"{model}:v1", bento=False)
    record = push(make_artifact("two", a=b"same", b=b"new"), f"{model}:v2", bento=False)
    forget(uri, "v1")

    planned = garbage.find(model, grace=NO_GRACE)
    assert sha256(b"old") in kept(store, uri)
    gone = garbage.remove(model, grace=NO_GRACE)

    assert planned.summary() == gone.summary()
    assert sha256(b"old") in gone.summary()["blobs"]
    assert len(gone.blobs) == 2  # and the manifest
    assert kept(store, uri) == {blob["sha256"] for blob in record.blobs.values()}
    assert gone.kept == {"v2": "all versions are kept"}
    assert pull(f"{model}:v2").version == "v2"


def test_versions_are_removed_only_if_asked_and_never_what_an_alias_names(
    store, uri, model, make_artifact
):
    for version in ("v1", "v2", "v3"):
        push(make_artifact(version, a=version.encode()), f"{model}:{version}", bento=False)
    promote(f"{model}@prod", "v1", why="-")
    assert len(garbage.remove(model, grace=NO_GRACE)) == 0

    gone = garbage.remove(model, NONE, NO_GRACE)

    assert versions.names(store, uri) == ["v1"]
    assert sorted(record.version for record in gone.versions) == ["v2", "v3"]
    assert gone.kept == {"v1": "named by prod"}
    assert sha256(b"v1") in kept(store, uri)
    assert sha256(b"v2") not in kept(store, uri)
    assert pull(f"{model}@prod").version == "v1"


def test_the_name_of_a_removed_version_is_not_used_again(store, uri, model, make_artifact):
    one, two = make_artifact("one", a=b"1"), make_artifact("two", a=b"2")
    push(one, f"{model}:v1", bento=False)
    garbage.remove(model, NONE, NO_GRACE)

    with pytest.raises(VersionError, match=r"there is no version 'v1' .* since .* removed it at"):
        versions.read(store, uri, "v1")
    with pytest.raises(VersionError, match=r"was removed by .* choose another"):
        push(two, f"{model}:v1", bento=False)
    assert versions.names(store, uri) == []

    push(one, f"{model}:v1", bento=False)  # the same model may come back
    assert pull(f"{model}:v1").version == "v1"


def test_uploads_that_were_never_completed_are_taken_back(store, uri, model):
    key = uri.key("blobs", "sha256", "0" * 64)
    begun = store.client.create_multipart_upload(Bucket=uri.bucket, Key=key)["UploadId"]
    store.client.upload_part(
        Bucket=uri.bucket, Key=key, UploadId=begun, PartNumber=1, Body=b"a part"
    )
    assert len(garbage.remove(model)) == 0

    gone = garbage.remove(model, grace=NO_GRACE)

    assert [upload.id for upload in gone.uploads] == [begun]
    assert list(multipart.unfinished(store, key)) == []


def test_a_claim_that_nobody_took_back_ends(store, uri, model, monkeypatch):
    key = f"{claims.folder(uri)}{'0' * 32}.json"
    store.write(key, claims.Claim("v1", ["0" * 64], "ana@host", "-").to_bytes())
    store.write(uri.key("blobs", "sha256", "0" * 64), b"-")
    assert len(garbage.remove(model, grace=NO_GRACE)) == 0
    monkeypatch.setattr(claims, "LIFETIME", NO_GRACE)

    gone = garbage.remove(model, grace=NO_GRACE)

    assert gone.summary()["claims"] == 1
    assert gone.summary()["blobs"] == ["0" * 64]
    assert list(store.keys(claims.folder(uri))) == []


@pytest.mark.parametrize("which", [":v1", "@prod"])
def test_only_whole_models_are_swept(model, which):
    with pytest.raises(URIError, match="give s3://BUCKET/PREFIX/NAME"):
        garbage.find(model + which)


def test_a_name_of_which_there_is_nothing_is_an_error_and_leaves_nothing(store, uri, model):
    for act in (garbage.find, garbage.remove):
        with pytest.raises(VersionError, match=f"there is nothing of {model} at http"):
            act(model)

    assert list(store.keys(uri.key(""))) == []


def test_one_sweep_at_a_time(store, uri, model, artifact):
    push(artifact, f"{model}:v1", bento=False)
    begun = sweeps.begin(store, uri)

    with pytest.raises(SweepError, match=f"by {begun.who} is under way"):
        garbage.remove(model)


def test_a_sweep_that_takes_too_long_leaves_the_rest_to_the_next(
    store, uri, model, make_artifact, monkeypatch
):
    push(make_artifact(a=b"1"), f"{model}:v1", bento=False)
    monkeypatch.setattr(sweeps, "SECONDS", -1)

    late = garbage.remove(model, NONE, NO_GRACE)

    assert (len(late), late.left) == (0, 3)
    assert versions.names(store, uri) == ["v1"]
    monkeypatch.setattr(sweeps, "SECONDS", 120.0)
    assert garbage.remove(model, NONE, NO_GRACE).left == 0


def test_a_version_is_not_removed_if_noting_it_took_until_it_was_too_late(
    store, uri, model, artifact, monkeypatch
):
    push(artifact, f"{model}:v1", bento=False)
    note = garbage._note

    def slow(*arguments):
        note(*arguments)
        monkeypatch.setattr(sweeps, "SECONDS", -1)

    monkeypatch.setattr(garbage, "_note", slow)

    assert len(garbage.remove(model, NONE, NO_GRACE)) == 0
    assert versions.names(store, uri) == ["v1"]


def test_a_sweep_that_fails_has_on_record_all_it_removed(
    store, uri, model, make_artifact, monkeypatch
):
    names = [f"v{number}" for number in range(8)]
    for name in names:
        push(make_artifact(name, a=b"same"), f"{model}:{name}", bento=False)
    delete, others = objects.delete, threading.Event()

    def failing(store, key):
        if key == versions.key(uri, "v0"):
            others.wait(30)
            raise UnreachableError
        delete(store, key)
        if len(versions.names(store, uri)) <= 5:
            others.set()

    monkeypatch.setattr(objects, "delete", failing)
    with pytest.raises(UnreachableError):
        garbage.remove(model, NONE, NO_GRACE)

    left = versions.names(store, uri)
    record = json.loads(sweeps.generations(store, uri).read_bytes(2))["removed"]
    assert len(left) <= 5
    assert record["versions"] == sorted(set(names) - set(left))


def test_an_unfinished_upload_of_what_is_there_already_is_taken_back(store, uri, model, artifact):
    record = push(artifact, f"{model}:v1", bento=False)
    key = blobs.key(uri, record.blobs["a"]["sha256"])
    store.client.create_multipart_upload(Bucket=uri.bucket, Key=key)

    assert len(garbage.remove(model, grace=NO_GRACE).uploads) == 1
    assert list(multipart.unfinished(store, key)) == []
    assert pull(f"{model}:v1").version == "v1"


def test_what_was_removed_is_on_record(store, uri, model, artifact):
    push(artifact, f"{model}:v1", bento=False)
    gone = garbage.remove(model, NONE, NO_GRACE)

    record = json.loads(sweeps.generations(store, uri).read_bytes(2))

    assert record["removed"] == gone.summary()
    assert record["removed"]["versions"] == ["v1"]
    assert len(record["removed"]["blobs"]) == 3


def test_progress_is_told_up_to_the_whole(model, artifact):
    push(artifact, f"{model}:v1", bento=False)
    told = []

    gone = garbage.remove(model, NONE, NO_GRACE, lambda *step: told.append(step))

    assert told == [(1, len(gone))] * 4
