"""What the accounts that ``setup`` makes may do on a real MinIO, and all that they may not."""

import json
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO

import pytest
from botocore.exceptions import ClientError
from minio.error import MinioAdminException

from recommender.manifest import MANIFEST_NAME, FileEntry, Manifest
from recommender.rules import Rules
from registry import aliases, garbage, objects, rules
from registry.commands import main
from registry.errors import DeniedError
from registry.promotion import promote, rollback
from registry.pull import pull
from registry.push import push
from registry.retention import Retention
from registry.rules_push import push_rules
from registry.setup.policies import ROLES
from registry.store import Store
from registry.uri import parse_s3

BUCKET = "rights"
URI = f"s3://{BUCKET}/models/demo"
GARBAGE = f"s3://{BUCKET}/models/garbage"
# The store's clock tells whole seconds, so what was just written may seem to be of the future.
NO_GRACE = timedelta(seconds=-60)
KEYS = {
    "blob": "models/tried/blobs/sha256/" + "0" * 64,
    "version": "models/tried/versions/v1.json",
    "history": "models/tried/history/prod/00000001.json",
    "alias": "models/tried/aliases/prod.json",
    "rules": "models/tried/rules/shop/00000001.json",
    "claim": "models/tried/claims/0.json",
    "sweep": "models/tried/sweeps/00000001.json",
    "removed": "models/tried/removed/v1.json",
}
ELSEWHERE = [
    "notes.txt",
    "models/demo/notes.json",
    "models/demo/versions/v1.txt",
    "versions/v1.json",
    "blobs/sha256/0",
    "models/demo/blobs/md5/0",
]


@pytest.fixture(scope="module")
def secrets(minio, tmp_path_factory):
    """Set a bucket up, put a model into it that an alias names, and return what was made up."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in minio.environment().items():
            patch.setenv(name, value)
        with redirect_stdout(StringIO()) as printed:
            assert main(["setup", f"s3://{BUCKET}", "--apply", "--json"]) == 0
        push(model(tmp_path_factory.mktemp("models"), b"first file"), f"{URI}:v1", bento=False)
        promote(f"{URI}@prod", "v1", why="for the test")
    return json.loads(printed.getvalue())["secrets"]


def model(folder, content):
    """Write a model of one file."""
    (folder / "file").write_bytes(content)
    files = {"file": FileEntry.of(folder / "file")}
    (folder / MANIFEST_NAME).write_bytes(Manifest(files, {}, {}).to_bytes())
    return folder


@pytest.fixture
def as_role(secrets, act_as, on_minio, monkeypatch, tmp_path):
    """Return a function that acts as a role from now on, and gives its client."""
    monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))

    def act(role):
        name = f"{BUCKET}-{role}"
        act_as(on_minio, name, secrets[name])
        return Store.open(BUCKET).client

    return act


@pytest.fixture
def administer(secrets, administrator):
    """Return a function that gives MinIO's own client of a role."""
    return lambda role: administrator(f"{BUCKET}-{role}", secrets[f"{BUCKET}-{role}"])


def refusal(request):
    """Return what the server says to a request that must not be allowed."""
    with pytest.raises(ClientError) as caught:
        request()
    return caught.value.response["Error"]["Code"]


def test_a_trainer_pushes_promotes_rolls_back_and_pulls(as_role, make_artifact):
    as_role("trainer")
    push(make_artifact("other", c=b"third file"), f"{URI}:v2", bento=False)
    push(make_artifact("again", c=b"third file"), f"{URI}:v3", bento=False)

    assert promote(f"{URI}@prod", "v2", why="better").target == "v2"
    assert promote(f"{URI}@next", "v3", why="first").generation == 1
    assert rollback(f"{URI}@prod", why="worse").target == "v1"
    assert pull(f"{URI}@prod").version == "v1"


def test_a_trainer_pushes_rules_that_a_server_reads(as_role):
    as_role("trainer")
    pushed = push_rules(Rules(exclude_products=("a",)), f"{URI}@shop", why="for the test")
    as_role("server")

    assert rules.read(Store.open(BUCKET), parse_s3(f"{URI}@shop")).digest == pushed.digest
    with pytest.raises(DeniedError):
        push_rules(Rules(), f"{URI}@shop", why="for the test")


def test_a_trainer_sends_a_file_in_parts(as_role, make_artifact, monkeypatch):
    as_role("trainer")

    push(make_artifact("large", c=b"0" * (17 << 20)), f"{URI}:large", bento=False)

    assert pull(f"{URI}:large").version == "large"


def test_a_server_reads_and_polls(as_role, run):
    as_role("server")

    assert pull(f"{URI}@prod").version == "v1"
    named, store = parse_s3(f"{URI}@prod"), Store.open(BUCKET)
    newest = aliases.read(store, named)
    assert aliases.newer(store, named, newest.generation) is None  # 404, not 403
    assert run("list", URI)[0] == 0
    assert run("history", f"{URI}@prod")[0] == 0
    assert run("show", f"{URI}@prod")[0] == 0
    assert run("verify", URI)[0] == 0


def test_a_janitor_removes_what_nothing_needs(as_role, make_artifact, act_as, on_minio):
    as_role("trainer")
    push(make_artifact("old", c=b"what nothing needs"), f"{GARBAGE}:v1", bento=False)
    push(make_artifact("new", c=b"what is needed"), f"{GARBAGE}:v2", bento=False)
    promote(f"{GARBAGE}@prod", "v2", why="for the test")
    act_as(on_minio)
    store = Store.open(BUCKET)
    for key in store.keys("models/garbage/claims/"):  # which a trainer cannot; a day does
        objects.delete(store, key)
    as_role("janitor")

    gone = garbage.remove(GARBAGE, Retention(versions=0), NO_GRACE)

    assert [record.version for record in gone.versions] == ["v1"]
    assert len(gone.blobs) == 2  # the manifest and the file
    assert garbage.find(GARBAGE, grace=NO_GRACE).blobs == []
    assert pull(f"{GARBAGE}@prod").version == "v2"


@pytest.mark.parametrize("role", ["trainer", "server"])
def test_only_a_janitor_removes(as_role, role):
    as_role(role)

    with pytest.raises(DeniedError, match="the account may not"):
        garbage.remove(URI)


def test_a_server_is_refused_in_one_line(as_role, make_artifact, run):
    as_role("server")

    with pytest.raises(DeniedError, match="the account may not"):
        push(make_artifact(), f"{URI}:v9", bento=False)
    code, _, err = run("rollback", f"{URI}@prod", "--why", "-")
    assert code == 1
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("role", "kind"),
    [(role, kind) for role in ("trainer", "server") for kind in KEYS]
    + [("janitor", kind) for kind in ("history", "alias", "rules", "sweep", "removed")],
)
def test_nobody_deletes(as_role, on_minio, role, kind):
    key = KEYS[kind]
    on_minio.client().put_object(Bucket=BUCKET, Key=key, Body=b"x")
    version = on_minio.client().head_object(Bucket=BUCKET, Key=key)["VersionId"]
    client = as_role(role)

    def delete(**which):
        return refusal(lambda: client.delete_object(Bucket=BUCKET, Key=key, **which))

    assert delete() == delete(VersionId=version) == "AccessDenied"
    answer = client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    assert on_minio.client().get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"x"


@pytest.mark.parametrize("key", [*KEYS.values(), *ELSEWHERE])
def test_a_server_writes_nothing(as_role, key):
    client = as_role("server")
    where = {"Bucket": BUCKET, "Key": key}
    source = {"Bucket": BUCKET, "Key": KEYS["version"]}

    assert {
        refusal(lambda: client.put_object(**where, Body=b"x")),
        refusal(lambda: client.put_object(**where, Body=b"x", IfNoneMatch="*")),
        refusal(lambda: client.copy_object(**where, CopySource=source)),
        refusal(lambda: client.create_multipart_upload(**where)),
    } == {"AccessDenied"}


@pytest.mark.parametrize(
    ("role", "key"),
    [("trainer", key) for key in [*ELSEWHERE, KEYS["sweep"], KEYS["removed"]]]
    + [("janitor", key) for key in [*ELSEWHERE, *list(KEYS.values())[:6]]],
)
def test_nobody_writes_anything_else(as_role, role, key):
    client = as_role(role)
    where = {"Bucket": BUCKET, "Key": key}

    assert {
        refusal(lambda: client.put_object(**where, Body=b"x")),
        refusal(lambda: client.create_multipart_upload(**where)),
    } == {"AccessDenied"}


POLICY = {"Version": "2012-10-17", "Statement": []}
BUCKET_REQUESTS = {
    "create a bucket": lambda c, b: c.create_bucket(Bucket=f"{b}-more"),
    "delete the bucket": lambda c, b: c.delete_bucket(Bucket=b),
    "suspend versioning": lambda c, b: c.put_bucket_versioning(
        Bucket=b, VersioningConfiguration={"Status": "Suspended"}
    ),
    "change the lifecycle": lambda c, b: c.delete_bucket_lifecycle(Bucket=b),
    "read the policy": lambda c, b: c.get_bucket_policy(Bucket=b),
    "write a policy": lambda c, b: c.put_bucket_policy(Bucket=b, Policy=json.dumps(POLICY)),
    "delete the policy": lambda c, b: c.delete_bucket_policy(Bucket=b),
    "tag": lambda c, b: c.put_object_tagging(
        Bucket=b, Key=KEYS["version"], Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    ),
    "notify": lambda c, b: c.put_bucket_notification_configuration(
        Bucket=b, NotificationConfiguration={}
    ),
    "encrypt": lambda c, b: c.put_bucket_encryption(
        Bucket=b,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    ),
    "lock": lambda c, b: c.put_object_lock_configuration(
        Bucket=b, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    ),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", BUCKET_REQUESTS)
def test_nobody_changes_the_bucket(as_role, role, what):
    client = as_role(role)

    assert refusal(lambda: BUCKET_REQUESTS[what](client, BUCKET)) == "AccessDenied"


@pytest.mark.parametrize("role", ROLES)
def test_nobody_looks_into_another_bucket(as_role, on_minio, role):
    other = f"{BUCKET}-other"
    on_minio.create_bucket(other)
    on_minio.client().put_object(Bucket=other, Key="models/demo/versions/v1.json", Body=b"x")
    client = as_role(role)
    where = {"Bucket": other, "Key": "models/tried/versions/v1.json"}

    assert {
        refusal(lambda: client.list_objects_v2(Bucket=other)),
        refusal(lambda: client.get_object(**where)),
        refusal(lambda: client.put_object(**where, Body=b"y")),
    } == {"AccessDenied"}
    assert other not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}


ADMIN_REQUESTS = {
    "look at the server": lambda a: a.info(),
    "list accounts": lambda a: a.user_list(),
    "make an account": lambda a: a.user_add(access_key="another", secret_key="secret-of-another"),
    "write a policy": lambda a: a.policy_add(policy_name="wide", policy=POLICY),
    "take another policy": lambda a: a.policy_set(policy_name="readwrite", user="another"),
    "make a service account": lambda a: a.add_service_account(name="mine"),
    "change the configuration": lambda a: a.config_set(key="api", config={"requests_max": "1"}),
    "restart": lambda a: a.service_restart(),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", ADMIN_REQUESTS)
def test_nobody_administers_the_server(administer, role, what):
    client = administer(role)

    with pytest.raises(MinioAdminException, match="AccessDenied"):
        ADMIN_REQUESTS[what](client)


def test_what_a_trainer_overwrites_is_there_to_be_restored(as_role, on_minio):
    """No policy can ask for create-only puts: versioning keeps what was there."""
    client, where = on_minio.client(), {"Bucket": BUCKET, "Key": KEYS["version"]}
    client.put_object(**where, Body=b'{"name": "tried"}')
    before = client.get_object(**where)
    content = before["Body"].read()
    as_role("trainer").put_object(**where, Body=b"{}")

    assert client.get_object(**where)["Body"].read() == b"{}"
    restored = client.get_object(**where, VersionId=before["VersionId"])["Body"].read()
    assert restored == content
