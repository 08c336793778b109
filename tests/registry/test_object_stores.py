"""What MinIO and SeaweedFS do alike, and where they differ: the rows of docs/object-stores.md."""

import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from minio import MinioAdmin
from minio.credentials import StaticProvider

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "object-stores.md").read_text()
ABANDONED = {
    "ID": "abandoned",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
OVERWRITTEN = {
    "ID": "overwritten",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
}


def said(request):
    """Return the error that a server answers to a request; None if it does what is asked."""
    try:
        request()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


@pytest.fixture
def key(uri):
    return uri.key("some-key")


@pytest.fixture
def client(store):
    return store.client


@pytest.fixture
def versioned(bucket, uri):
    """Return a versioned bucket of this test's own."""
    name = f"versioned-{uri.name}"
    bucket.create_bucket(name)
    bucket.client().put_bucket_versioning(
        Bucket=name, VersioningConfiguration={"Status": "Enabled"}
    )
    return name


def test_a_condition_on_a_delete_is_kept_by_seaweedfs_alone(bucket, client, store, key):
    store.write(key, b"x")

    answer = said(lambda: client.delete_object(Bucket=store.bucket, Key=key, IfMatch='"other"'))

    assert answer == {"minio": None, "seaweedfs": "PreconditionFailed"}[bucket.kind]
    assert (store.size(key) is None) == (bucket.kind == "minio")


def test_a_condition_on_a_copy_is_kept_by_seaweedfs_alone(bucket, client, store, key):
    store.write(key, b"x")
    store.write(f"{key}-2", b"y")
    source = {"Bucket": store.bucket, "Key": key}

    answer = said(
        lambda: client.copy_object(
            Bucket=store.bucket, Key=f"{key}-2", CopySource=source, IfNoneMatch="*"
        )
    )

    assert answer == {"minio": None, "seaweedfs": "PreconditionFailed"}[bucket.kind]
    assert store.read(f"{key}-2") == {"minio": b"x", "seaweedfs": b"y"}[bucket.kind]


def test_parts_are_not_put_together_over_an_object_if_asked(client, store, key):
    where = {"Bucket": store.bucket, "Key": key}
    upload = {**where, "UploadId": client.create_multipart_upload(**where)["UploadId"]}
    part = client.upload_part(**upload, PartNumber=1, Body=b"late")
    store.write(key, b"early")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}

    answer = said(
        lambda: client.complete_multipart_upload(**upload, MultipartUpload=parts, IfNoneMatch="*")
    )

    assert answer == "PreconditionFailed"
    assert store.read(key) == b"early"


def test_the_tag_of_a_small_object_is_that_of_its_content(client, store, key):
    """So A, B, A looks like A: records hold a nonce."""
    tags = []
    for body in (b"A", b"B", b"A"):
        store.write(key, body)
        tags.append(client.head_object(Bucket=store.bucket, Key=key)["ETag"])

    assert tags[0] == tags[2] != tags[1]


def test_what_was_overwritten_or_deleted_can_be_restored(client, versioned):
    where = {"Bucket": versioned, "Key": "k"}
    first = client.put_object(**where, Body=b"first")["VersionId"]
    client.put_object(**where, Body=b"second")
    client.delete_object(**where)

    assert said(lambda: client.get_object(**where)) == "NoSuchKey"
    assert client.get_object(**where, VersionId=first)["Body"].read() == b"first"


def test_in_a_versioned_bucket_too_one_creates_and_after_a_delete_again(client, versioned):
    where = {"Bucket": versioned, "Key": "k", "IfNoneMatch": "*"}
    client.put_object(**where, Body=b"first")
    assert said(lambda: client.put_object(**where, Body=b"second")) == "PreconditionFailed"

    client.delete_object(Bucket=versioned, Key="k")
    assert said(lambda: client.put_object(**where, Body=b"third")) is None


def test_old_versions_expire(client, versioned):
    client.put_bucket_lifecycle_configuration(
        Bucket=versioned, LifecycleConfiguration={"Rules": [OVERWRITTEN]}
    )

    rules = client.get_bucket_lifecycle_configuration(Bucket=versioned)["Rules"]
    assert rules == [OVERWRITTEN]


def test_a_rule_for_abandoned_uploads_is_refused_by_minio(bucket, client, versioned):
    answer = said(
        lambda: client.put_bucket_lifecycle_configuration(
            Bucket=versioned, LifecycleConfiguration={"Rules": [ABANDONED]}
        )
    )

    assert answer == {"minio": "InvalidArgument", "seaweedfs": None}[bucket.kind]


def test_a_rule_for_abandoned_uploads_is_forgotten_by_minio_beside_another(
    bucket, client, versioned
):
    client.put_bucket_lifecycle_configuration(
        Bucket=versioned, LifecycleConfiguration={"Rules": [OVERWRITTEN | ABANDONED]}
    )

    (rule,) = client.get_bucket_lifecycle_configuration(Bucket=versioned)["Rules"]
    assert ("AbortIncompleteMultipartUpload" in rule) == (bucket.kind == "seaweedfs")


def test_minio_removes_abandoned_uploads_itself(minio):
    admin = MinioAdmin(
        endpoint=minio.endpoint.removeprefix("http://"),
        credentials=StaticProvider(minio.access_key, minio.secret_key),
        secure=False,
    )

    assert " stale_uploads_expiry=24h " in admin.config_get(key="api")


def test_every_row_names_its_tests_and_they_are_there():
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and "---" not in line]
    assert len(rows) > 10
    for row in rows:
        last = row.strip("|").rpartition("|")[2].strip()
        if last != "shown by":
            named = re.findall(r"`(test_\w+)\.(test_\w+)`", last)
            assert named, row
            for file, test in named:
                (path,) = (ROOT / "tests" / "registry").rglob(f"{file}.py")
                assert f"def {test}(" in path.read_text(), row
