"""What the variables say of the store, and of who one is."""

from datetime import timedelta

import botocore.auth
import pytest

from registry import errors
from registry.store import Store


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_an_error(environment, uri, monkeypatch, name):
    monkeypatch.setenv(name, "wrong")
    with pytest.raises(errors.CredentialsError, match="are refused; set AWS_ACCESS_KEY_ID"):
        Store.open(uri.bucket).read(uri.key("a"))


def test_a_session_token_that_is_none_is_an_error(environment, uri, monkeypatch):
    """MinIO answers as it does to one whose time is over."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "none")
    with pytest.raises(errors.CredentialsError, match="are refused; set AWS_ACCESS_KEY_ID"):
        Store.open(uri.bucket).read(uri.key("a"))


def test_missing_credentials_are_an_error(environment, uri, monkeypatch, tmp_path):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(errors.CredentialsError, match="there are no credentials; set AWS_ACC"):
        Store.open(uri.bucket).read(uri.key("a"))


@pytest.fixture
def no_store(monkeypatch, one_attempt):
    """Look for a store where there is none."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return monkeypatch.setenv


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
def test_a_store_that_does_not_answer_is_an_error(no_store, variable):
    no_store(variable, "http://127.0.0.1:1")
    with pytest.raises(
        errors.UnreachableError,
        match=r"cannot read s3://shelf/a at http://127.0.0.1:1: no answer \(Connection refused\)",
    ):
        Store.open("shelf").read("a")


@pytest.mark.parametrize("given", ["foo", "127.0.0.1:9000", "ftp://x", "http://"])
def test_an_endpoint_that_is_no_url_is_an_error(no_store, given):
    no_store("AWS_ENDPOINT_URL_S3", given)
    with pytest.raises(
        errors.StoreError, match=f"AWS_ENDPOINT_URL_S3 is '{given}'; give http://HOST:PORT or"
    ):
        Store.open("shelf")


def test_a_password_in_an_endpoint_is_an_error_that_does_not_repeat_it(no_store):
    no_store("AWS_ENDPOINT_URL_S3", "http://me:hidden@minio.example")
    with pytest.raises(errors.StoreError, match="holds a user or a password; give the") as caught:
        Store.open("shelf")
    assert "hidden" not in str(caught.value)


def test_a_missing_ca_bundle_is_an_error(no_store):
    no_store("AWS_CA_BUNDLE", "/no/such/bundle")
    with pytest.raises(errors.StoreError, match="AWS_CA_BUNDLE names /no/such/bundle, which does"):
        Store.open("shelf")


def test_a_profile_that_does_not_exist_is_an_error(no_store):
    no_store("AWS_PROFILE", "nobody")
    with pytest.raises(errors.StoreError, match="nobody"):
        Store.open("shelf")


def test_the_bucket_is_in_the_path_except_at_aws(no_store):
    def url():
        client = Store.open("shelf").client
        return client.generate_presigned_url("get_object", {"Bucket": "shelf", "Key": "a"})

    no_store("AWS_ACCESS_KEY_ID", "key")
    no_store("AWS_SECRET_ACCESS_KEY", "secret")
    assert url().startswith("https://shelf.s3.")

    no_store("AWS_ENDPOINT_URL_S3", "https://minio.example")
    assert url().startswith("https://minio.example/shelf/a?")


def test_a_clock_that_is_wrong_is_said_to_be(store, uri, monkeypatch):
    now = botocore.auth.get_current_datetime
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda **given: now(**given) - timedelta(days=2)
    )

    with pytest.raises(errors.CredentialsError, match="set this machine's clock"):
        store.read(uri.key("a"))
