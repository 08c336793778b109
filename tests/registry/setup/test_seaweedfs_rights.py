"""A SeaweedFS with the identities and the policy that docs/object-stores.md shows."""

import json
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local import object_store, seaweedfs
from registry import aliases
from registry.errors import DeniedError
from registry.promotion import promote, rollback
from registry.pull import pull
from registry.push import push
from registry.store import Store
from registry.uri import parse_s3

BUCKET = "shelf"
URI = f"s3://{BUCKET}/models/demo"
PAGE = Path(__file__).parents[3] / "docs" / "object-stores.md"
IDENTITIES, POLICY = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run a SeaweedFS that knows these identities too."""
    write = seaweedfs._write_credentials

    def write_more(path, access_key, secret_key):
        write(path, access_key, secret_key)
        known = json.loads(path.read_text())
        path.write_text(json.dumps({"identities": known["identities"] + IDENTITIES}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seaweedfs, "_write_credentials", write_more)
        with object_store.started("seaweedfs", tmp_path_factory.mktemp("seaweedfs")) as running:
            for name in (BUCKET, "other"):
                running.create_bucket(name)
            running.client().put_object(Bucket="other", Key="k", Body=b"x")
            running.client().put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(POLICY))
            yield running


@pytest.fixture
def as_role(server, act_as, monkeypatch, tmp_path, make_artifact):
    """Put a model there, and return a function that acts as a role and gives its client."""
    monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))
    act_as(server)
    push(make_artifact(), f"{URI}:v1", bento=False)
    promote(f"{URI}@prod", "v1", why="for the test")

    def act(role):
        act_as(server, role, "SECRET")
        return Store.open(BUCKET).client

    return act


def test_a_server_reads_and_no_more(as_role, make_artifact):
    as_role("server")

    assert pull(f"{URI}@prod").version == "v1"
    named, store = parse_s3(f"{URI}@prod"), Store.open(BUCKET)
    newest = aliases.read(store, named).generation
    assert aliases.newer(store, named, newest) is None  # 404, not 403
    with pytest.raises(DeniedError):
        push(make_artifact("other", c=b"third"), f"{URI}:v3", bento=False)
    with pytest.raises(DeniedError):
        promote(f"{URI}@next", "v1", why="-")


def test_a_trainer_writes_models_and_deletes_nothing(as_role, make_artifact):
    client = as_role("trainer")
    push(make_artifact("other", c=b"third"), f"{URI}:v2", bento=False)
    push(make_artifact("large", c=b"0" * (17 << 20)), f"{URI}:large", bento=False)

    assert promote(f"{URI}@prod", "v2", why="better").target == "v2"
    assert rollback(f"{URI}@prod", why="worse").target == "v1"
    assert pull(f"{URI}@prod").version == "v1"
    for key in ("models/demo/versions/v2.json", "models/demo/history/prod/00000001.json"):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket=BUCKET, Key=key)


REQUESTS = {
    "delete": lambda c: c.delete_object(Bucket=BUCKET, Key="models/demo/versions/v1.json"),
    "write elsewhere": lambda c: c.put_object(Bucket=BUCKET, Key="notes.txt", Body=b"x"),
    "write beside a version": lambda c: c.put_object(
        Bucket=BUCKET, Key="models/demo/notes.json", Body=b"x"
    ),
    "send parts elsewhere": lambda c: c.create_multipart_upload(Bucket=BUCKET, Key="notes.txt"),
    "suspend versioning": lambda c: c.put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
    ),
    "change the lifecycle": lambda c: c.delete_bucket_lifecycle(Bucket=BUCKET),
    "delete the policy": lambda c: c.delete_bucket_policy(Bucket=BUCKET),
    "create a bucket": lambda c: c.create_bucket(Bucket="more"),
    "delete the bucket": lambda c: c.delete_bucket(Bucket=BUCKET),
    "read another": lambda c: c.get_object(Bucket="other", Key="k"),
    "list another": lambda c: c.list_objects_v2(Bucket="other"),
    "write another": lambda c: c.put_object(Bucket="other", Key="k", Body=b"x"),
}


@pytest.mark.parametrize("role", ["trainer", "server"])
@pytest.mark.parametrize("what", REQUESTS)
def test_what_neither_may(as_role, role, what):
    client = as_role(role)

    with pytest.raises(ClientError, match="AccessDenied"):
        REQUESTS[what](client)
