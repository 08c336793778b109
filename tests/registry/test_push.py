import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry import versions
from registry.errors import (
    BentoError,
    BucketError,
    IntegrityError,
    RegistryError,
    UnreachableError,
    URIError,
    VersionError,
)
from registry.pull import pull
from registry.push import push


def test_a_push_writes_content_and_record_where_they_belong(store, uri, model, artifact, digest):
    record = push(artifact, f"{model}:v1", bento=False, who="ana@host")

    contents = {path.name: path.read_bytes() for path in artifact.iterdir()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    assert set(store.keys(uri.key(""))) == {
        *(uri.key("blobs", "sha256", sha256) for sha256 in hashes.values()),
        uri.key("versions", "v1.json"),
    }
    assert json.loads(store.read(uri.key("versions", "v1.json"))) == {
        "name": uri.name,
        "version": "v1",
        "digest": digest(artifact),
        "who": "ana@host",
        "when": record.when,
        "blobs": {
            name: {"size": len(content), "sha256": hashes[name]}
            for name, content in contents.items()
        },
        "signature": None,
    }
    assert versions.read(store, uri, "v1") == record


def test_the_default_version_is_the_time_and_the_digest(model, artifact, digest):
    version = push(artifact, model, bento=False).version

    assert re.fullmatch(r"20\d{6}t\d{6}z-[0-9a-f]{8}", version)
    assert version[-8:] == digest(artifact)[len("sha256:") :][:8]


def test_a_version_that_never_arrived_is_an_error(store, uri, model, artifact, on_event):
    cut = []

    def fail(request, **_):
        if "/versions/" in request.url:
            cut.append(request.url)
            raise UnreachableError

    on_event("before-send.s3.PutObject", fail)
    with pytest.raises(UnreachableError):
        push(artifact, f"{model}:v1", bento=False)

    assert len(cut) == 1
    assert versions.find(store, uri, "v1") is None


def test_content_is_shared_between_versions(store, uri, model, make_artifact, sent):
    push(make_artifact("one", a=b"same", b=b"old"), f"{model}:v1", bento=False)
    sent.clear()
    push(make_artifact("two", a=b"same", b=b"new"), f"{model}:v2", bento=False)

    same, new = (hashlib.sha256(content).hexdigest() for content in (b"same", b"new"))
    put = [key.rpartition("/")[2] for method, key in sent if method == "PUT"]
    assert new in put
    assert same not in put
    assert len(put) == 4  # with the claim, the manifest and the version's record
    assert len(list(store.keys(uri.key("blobs", "")))) == 5


def test_pushing_again_succeeds_and_another_model_is_refused(model, make_artifact, digest, sent):
    one, two = make_artifact("one", a=b"1"), make_artifact("two", a=b"2")
    first = push(one, f"{model}:v1", bento=False)
    assert push(one, f"{model}:v1", bento=False, who="somebody else") == first
    sent.clear()

    with pytest.raises(VersionError, match=f"exists with the digest {digest(one)}"):
        push(two, f"{model}:v1", bento=False)

    assert [method for method, _ in sent] == ["GET"]


# Is the version free; the claim, is there a sweep; is it there and put, for each blob; was the
# version there once, the record.
REQUESTS = 1 + 2 + 2 * 3 + 2


@pytest.mark.parametrize("requests", range(REQUESTS))
def test_a_push_that_was_cut_off_anywhere_goes_on(store, uri, model, artifact, cut_after, requests):
    cut_after(requests)
    with pytest.raises(RuntimeError, match="cut off"):
        push(artifact, f"{model}:v1", bento=False)
    assert versions.find(store, uri, "v1") is None

    cut_after(REQUESTS + 1)  # with taking back the claim
    assert push(artifact, f"{model}:v1", bento=False) == versions.read(store, uri, "v1")
    cut_after(None)
    assert pull(f"{model}:v1").version == "v1"


def test_of_two_pushers_of_one_version_one_wins(model, make_artifact, digest):
    folders = [make_artifact(f"m{number}", a=str(number).encode()) for number in range(4)]

    def try_to_push(folder):
        try:
            return push(folder, f"{model}:v1", bento=False).digest
        except VersionError:
            return None

    with ThreadPoolExecutor(4) as pool:
        pushed = [found for found in pool.map(try_to_push, folders) if found]

    assert len(pushed) == 1
    assert pull(f"{model}:v1").digest == pushed[0]


def test_progress_is_told_up_to_the_whole_size(model, artifact):
    told = []

    record = push(artifact, model, bento=False, progress=lambda *step: told.append(step))

    assert sum(moved for moved, _ in told) == record.size
    assert {total for _, total in told} == {record.size}


@pytest.mark.parametrize(
    ("target", "message"),
    [("bento://demo:v1", "not on object storage"), ("s3://shelf/m@prod", "is an alias: push to")],
)
def test_other_targets_are_refused(artifact, target, message):
    with pytest.raises(URIError, match=message):
        push(artifact, target)


def test_a_missing_bucket_is_an_error_and_is_not_made(artifact, bucket, environment):
    with pytest.raises(BucketError, match="there is no such bucket; name another"):
        push(artifact, "s3://no-such-bucket/demo:v1", bento=False)

    buckets = [found["Name"] for found in bucket.client().list_buckets()["Buckets"]]
    assert "no-such-bucket" not in buckets


def test_a_damaged_model_is_not_pushed(model, artifact, sent):
    (artifact / "a").write_bytes(b"First file")

    with pytest.raises(IntegrityError, match="is not the file of this model"):
        push(artifact, model, bento=False)
    with pytest.raises(IntegrityError, match="holds no model"):
        push(artifact.parent, model, bento=False)

    assert sent == []


def test_a_name_bentoml_does_not_allow_is_refused_before_anything_is_sent(model, artifact, sent):
    with pytest.raises(BentoError, match="push with --no-bento"):
        push(artifact, f"{model}:v1.")

    assert sent == []
    assert isinstance(push(artifact, f"{model}:v1.", bento=False).version, str)


def test_a_pushed_model_is_in_the_bentoml_store(model, uri, artifact, digest):
    push(artifact, f"{model}:v1")

    pulled = pull(f"bento://{uri.name}:v1")
    assert (pulled.digest, pulled.name, pulled.version) == (digest(artifact), uri.name, "v1")


def test_every_error_of_a_push_is_the_registrys(artifact, model):
    with pytest.raises(RegistryError):
        push(artifact, "s3://no-such-bucket/demo:v1")


def test_a_store_of_bentoml_that_cannot_be_used_is_told_after_the_registration(
    artifact, model, tmp_path
):
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "registry", "push", artifact, f"{model}:v1"],
        env=os.environ | {"BENTOML_HOME": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{model}:v1 is registered, but BentoML's store on this machine" in done.stderr
    assert "set BENTOML_HOME to a folder that can be written" in done.stderr
    assert pull(f"{model}:v1").version == "v1"
