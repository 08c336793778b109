"""A bucket that nobody else uses, on each server, and administrators' variables."""

import uuid

import pytest
from minio import MinioAdmin
from minio.credentials import StaticProvider

from registry.store import Store


@pytest.fixture
def act_as(monkeypatch):
    """Return a function that makes this process use a server, perhaps as another account."""

    def act(server, access_key=None, secret_key=None):
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        if access_key is not None:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_key)

    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for role in ("TRAINER", "SERVER", "JANITOR"):
        monkeypatch.delenv(f"ESTANTE_{role}_SECRET", raising=False)
    return act


@pytest.fixture
def new_bucket():
    """Return the name of a bucket that is not there."""
    return f"setup-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def on_minio(minio, act_as):
    act_as(minio)
    return minio


@pytest.fixture
def on_seaweedfs(seaweedfs, act_as):
    act_as(seaweedfs)
    return seaweedfs


@pytest.fixture
def buckets_client():
    """Return a function that gives a client of the account that this process acts as."""
    return lambda: Store.open("any").client


@pytest.fixture
def administrator(minio):
    """Return a function that gives MinIO's own client of an account."""

    def client(access_key, secret_key):
        host = minio.endpoint.removeprefix("http://")
        credentials = StaticProvider(access_key, secret_key)
        return MinioAdmin(endpoint=host, credentials=credentials, secure=False)

    return client
