"""What is needed, and what is not, or not old enough to be removed."""

import json
from datetime import timedelta

import pytest

from registry import aliases, blobs, claims, garbage, objects, sweeps, versions
from registry.errors import (
    AbsentError,
    IntegrityError,
    RecordError,
)
from registry.promotion import promote
from registry.push import push
from registry.retention import Retention

# The store's clock tells whole seconds, so what was just written may seem to be of the future.
NO_GRACE = timedelta(seconds=-60)
NONE = Retention(versions=0)


def kept(store, uri):
    below = uri.key("blobs", "sha256", "")
    return {key.removeprefix(below) for key in store.keys(below)}


def test_what_is_young_stays(store, uri, model, artifact, forget):
    push(artifact, f"{model}:v1", bento=False)
    forget(uri, "v1")

    assert len(garbage.remove(model)) == 0
    left = garbage.remove(model, grace=timedelta(hours=1))
    assert len(left) == 0
    assert len(left.young_blobs) == 3
    assert left.until == max(blob.written for blob in left.young_blobs) + timedelta(hours=1)
    assert len(kept(store, uri)) == 3


def test_only_contents_are_taken_for_contents(store, uri, model):
    for name in ("notes.txt", "0" * 63, f"sub/{'0' * 64}"):
        store.write(uri.key("blobs", "sha256", name), b"-")

    assert len(garbage.remove(model, grace=NO_GRACE)) == 0


def test_claims_keep_contents_versions_and_uploads(store, uri, model, artifact, forget):
    record = push(artifact, f"{model}:v1", bento=False)
    push(artifact, f"{model}:v2", bento=False)
    forget(uri, "v1")
    contents = [blob["sha256"] for blob in record.blobs.values()]
    key = uri.key("blobs", "sha256", "0" * 64)
    store.client.create_multipart_upload(Bucket=uri.bucket, Key=key)

    with claims.claim(store, uri, "v2", [*contents, "0" * 64]):
        gone = garbage.remove(model, NONE, NO_GRACE)
        assert len(gone) == 0
        assert gone.kept["v2"].startswith("pushed or promoted by ")
        assert gone.kept["v2"].endswith("Z, or at that still")

    assert len(garbage.remove(model, NONE, NO_GRACE)) == 1 + 3 + 1


@pytest.mark.parametrize(
    "damage",
    [
        "version",
        "history",
        "gap",
        "claim",
        "newest",
        "all generations",
        "file",
        "digest",
        "manifest",
    ],
)
def test_if_it_cannot_be_told_what_is_needed_nothing_is_removed(
    store, uri, model, artifact, damage
):
    """A version without one of its files, which a pull needs, and a manifest that is gone, too."""
    for version in ("v1", "v2"):
        push(artifact, f"{model}:{version}", bento=False)
        promote(f"{model}@prod", version, why="-")
    history = aliases.generations(store, uri.at_alias("prod"))
    store.write(uri.key("blobs", "sha256", "0" * 64), b"-")
    missing = {"gap": [1], "newest": [2], "all generations": [1, 2]}
    record = json.loads(store.read(versions.key(uri, "v2")))
    if damage in missing:
        for number in missing[damage]:
            objects.delete(store, history.key(number))
    elif damage == "manifest":
        objects.delete(store, blobs.key(uri, record["digest"].removeprefix("sha256:")))
    elif damage in ("file", "digest"):
        changed = {
            "file": {"blobs": {**record["blobs"]}},
            "digest": {"digest": "sha256:" + "1" * 64},
        }
        changed["file"]["blobs"].pop("a")
        store.write(versions.key(uri, "v2"), json.dumps(record | changed[damage]).encode())
    else:
        keys = {"version": versions.key(uri, "v1"), "history": history.key(1)}
        store.write(keys.get(damage, f"{claims.folder(uri)}x.json"), b"half")

    before = kept(store, uri)
    with pytest.raises((RecordError, IntegrityError, AbsentError)):
        garbage.remove(model, NONE, NO_GRACE)

    assert kept(store, uri) == before
    assert sweeps.generations(store, uri).numbers() == [1, 2]  # nobody has to wait


def test_what_a_gc_beside_it_removes_stops_no_dry_run(
    store, uri, model, make_artifact, monkeypatch
):
    for name in ("v1", "v2"):
        push(make_artifact(name, a=name.encode()), f"{model}:{name}", bento=False)
    find = versions.find

    def removed_meanwhile(store, uri, version):
        if version == "v1":
            objects.delete(store, versions.key(uri, version))
        return find(store, uri, version)

    monkeypatch.setattr(versions, "find", removed_meanwhile)

    assert garbage.find(model).kept == {"v2": "all versions are kept"}
