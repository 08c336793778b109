"""What the accounts that ``setup`` makes may do on a real MinIO, and all that they may not."""

import json

import pytest
from botocore.exceptions import ClientError
from minio.error import MinioAdminException

from registry import aliases
from registry.errors import DeniedError
from registry.promotion import promote, rollback
from registry.pull import pull
from registry.push import push
from registry.store import Store
from registry.uri import parse_s3

KEYS = {
    "blob": "models/demo/blobs/sha256/" + "0" * 64,
    "version": "models/demo/versions/v1.json",
    "history": "models/demo/history/prod/00000001.json",
    "alias": "models/demo/aliases/prod.json",
    "rules": "models/demo/rules/00000001.json",
    "claim": "models/demo/claims/0.json",
}
ELSEWHERE = [
    "notes.txt",
    "models/demo/notes.json",
    "models/demo/versions/v1.txt",
    "models/demo/sweeps/00000001.json",
    "versions/v1.json",
    "blobs/sha256/0",
    "models/demo/blobs/md5/0",
]


@pytest.fixture
def uri(run, on_minio, new_bucket, artifact, monkeypatch, tmp_path):
    """Set a bucket up, and put a model into it that an alias names."""
    monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))
    code, out, _ = run("setup", f"s3://{new_bucket}", "--apply", "--json")
    assert code == 0
    (tmp_path / "secrets.json").write_text(json.dumps(json.loads(out)["secrets"]))
    push(artifact, f"s3://{new_bucket}/models/demo:v1", bento=False)
    promote(f"s3://{new_bucket}/models/demo@prod", "v1", why="for the test")
    return f"s3://{new_bucket}/models/demo"


@pytest.fixture
def secret_of(uri, new_bucket, tmp_path):
    secrets = json.loads((tmp_path / "secrets.json").read_text())
    return lambda role: secrets[f"{new_bucket}-{role}"]


@pytest.fixture
def as_role(secret_of, act_as, on_minio, new_bucket):
    """Return a function that acts as a role from now on, and gives its client."""

    def act(role):
        act_as(on_minio, f"{new_bucket}-{role}", secret_of(role))
        return Store.open(new_bucket).client

    return act


@pytest.fixture
def artifact(make_artifact):
    return make_artifact()


def refusal(request):
    """Return what the server says to a request that must not be allowed."""
    with pytest.raises(ClientError) as caught:
        request()
    return caught.value.response["Error"]["Code"]


def test_a_trainer_pushes_promotes_rolls_back_and_pulls(as_role, uri, make_artifact):
    as_role("trainer")
    push(make_artifact("other", c=b"third file"), f"{uri}:v2", bento=False)
    push(make_artifact("again", c=b"third file"), f"{uri}:v3", bento=False)

    assert promote(f"{uri}@prod", "v2", why="better").generation == 2
    assert promote(f"{uri}@next", "v3", why="first").generation == 1
    assert rollback(f"{uri}@prod", why="worse").target == "v1"
    assert pull(f"{uri}@prod").version == "v1"


def test_a_trainer_sends_a_file_in_parts(as_role, uri, make_artifact, monkeypatch):
    as_role("trainer")

    push(make_artifact("large", c=b"0" * (65 << 20)), f"{uri}:large", bento=False)

    assert pull(f"{uri}:large").version == "large"


def test_a_server_reads_and_polls(as_role, uri, run):
    as_role("server")

    assert pull(f"{uri}@prod").version == "v1"
    named = parse_s3(f"{uri}@prod")
    assert aliases.newer(Store.open(named.bucket), named, 1) is None  # 404, not 403
    assert run("list", uri)[0] == 0
    assert run("history", f"{uri}@prod")[0] == 0


def test_a_server_is_refused_in_one_line(as_role, uri, artifact, run):
    as_role("server")

    with pytest.raises(DeniedError, match="the account may not"):
        push(artifact, f"{uri}:v2", bento=False)
    code, _, err = run("rollback", f"{uri}@prod", "--why", "-")
    assert code == 1
    assert err.count("\n") == 1


@pytest.mark.parametrize("role", ["trainer", "server"])
@pytest.mark.parametrize("kind", KEYS)
def test_nobody_deletes(as_role, uri, new_bucket, on_minio, role, kind):
    key = KEYS[kind]
    on_minio.client().put_object(Bucket=new_bucket, Key=key, Body=b"x")
    version = on_minio.client().head_object(Bucket=new_bucket, Key=key)["VersionId"]
    client = as_role(role)

    def delete(**which):
        return refusal(lambda: client.delete_object(Bucket=new_bucket, Key=key, **which))

    assert delete() == delete(VersionId=version) == "AccessDenied"
    answer = client.delete_objects(Bucket=new_bucket, Delete={"Objects": [{"Key": key}]})
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    assert on_minio.client().get_object(Bucket=new_bucket, Key=key)["Body"].read() == b"x"


@pytest.mark.parametrize("key", [*KEYS.values(), *ELSEWHERE])
def test_a_server_writes_nothing(as_role, uri, new_bucket, key):
    client = as_role("server")
    where = {"Bucket": new_bucket, "Key": key}
    source = {"Bucket": new_bucket, "Key": KEYS["version"]}

    assert {
        refusal(lambda: client.put_object(**where, Body=b"x")),
        refusal(lambda: client.put_object(**where, Body=b"x", IfNoneMatch="*")),
        refusal(lambda: client.copy_object(**where, CopySource=source)),
        refusal(lambda: client.create_multipart_upload(**where)),
    } == {"AccessDenied"}


@pytest.mark.parametrize("key", ELSEWHERE)
def test_a_trainer_writes_nowhere_else(as_role, uri, new_bucket, key):
    client = as_role("trainer")
    where = {"Bucket": new_bucket, "Key": key}

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


@pytest.mark.parametrize("role", ["trainer", "server"])
@pytest.mark.parametrize("what", BUCKET_REQUESTS)
def test_nobody_changes_the_bucket(as_role, uri, new_bucket, role, what):
    client = as_role(role)

    assert refusal(lambda: BUCKET_REQUESTS[what](client, new_bucket)) == "AccessDenied"


@pytest.mark.parametrize("role", ["trainer", "server"])
def test_nobody_looks_into_another_bucket(as_role, uri, on_minio, new_bucket, role):
    other = f"{new_bucket}-other"
    on_minio.create_bucket(other)
    on_minio.client().put_object(Bucket=other, Key="models/demo/versions/v1.json", Body=b"x")
    client = as_role(role)
    where = {"Bucket": other, "Key": "models/demo/versions/v1.json"}

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


@pytest.mark.parametrize("role", ["trainer", "server"])
@pytest.mark.parametrize("what", ADMIN_REQUESTS)
def test_nobody_administers_the_server(secret_of, administrator, new_bucket, role, what):
    client = administrator(f"{new_bucket}-{role}", secret_of(role))

    with pytest.raises(MinioAdminException, match="AccessDenied"):
        ADMIN_REQUESTS[what](client)


def test_what_a_trainer_overwrites_is_there_to_be_restored(as_role, uri, on_minio, new_bucket):
    """No policy can ask for create-only puts: versioning keeps what was there."""
    client, where = on_minio.client(), {"Bucket": new_bucket, "Key": KEYS["version"]}
    before = client.get_object(**where)
    content = before["Body"].read()
    as_role("trainer").put_object(**where, Body=b"{}")

    assert client.get_object(**where)["Body"].read() == b"{}"
    restored = client.get_object(**where, VersionId=before["VersionId"])["Body"].read()
    assert restored == content
