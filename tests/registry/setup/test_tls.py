"""A MinIO behind TLS with a certificate authority that only AWS_CA_BUNDLE knows."""

import shutil
import subprocess
from functools import partial

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local import minio as minio_server
from local import ports, processes
from local.object_store import RunningStore
from registry.promotion import promote
from registry.pull import pull
from registry.push import push

EXTENSION = "subjectAltName=IP:127.0.0.1"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Return a folder as MinIO takes it, with an authority's certificate beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    openssl = partial(subprocess.run, cwd=folder, check=True, capture_output=True)
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout"]
    openssl([*new, "ca.key", "-x509", "-out", "ca.crt", "-subj", "/CN=an authority"])
    openssl([*new, "private.key", "-out", "request", "-subj", "/CN=a store"])
    (folder / "extension").write_text(EXTENSION)
    signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extension"]
    openssl(["openssl", "x509", "-req", "-in", "request", "-out", "public.crt", *signed])
    return folder


@pytest.fixture(scope="module")
def server(minio, certificates, tmp_path_factory):
    """Run a MinIO with these certificates; ``minio`` has seen to it that there is one."""
    folder, (port,) = tmp_path_factory.mktemp("minio-tls"), ports.free(1)
    user, secret = "administrator", "secret-of-an-administrator"
    command, environment = minio_server.launch(folder, [port], user, secret)
    child = processes.start(
        "minio",
        [*command, "--certs-dir", str(certificates)],
        log=folder / "server.log",
        environment=environment,
        patience=1.0,
    )
    running = RunningStore("minio", f"https://127.0.0.1:{port}", user, secret, child.pid, (port,))
    try:
        child.wait_until_ready(partial(obstacle, running, certificates / "ca.crt"), 60.0)
        yield running
    finally:
        child.stop()


def obstacle(server, authority):
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        verify=str(authority),
    )
    try:
        client.create_bucket(Bucket="probe")
        client.put_object(Bucket="probe", Key="probe", Body=b"ready")
    except client.exceptions.BucketAlreadyOwnedByYou:
        pass
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None


@pytest.fixture
def on_server(server, certificates, act_as, monkeypatch, tmp_path):
    act_as(server)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates / "ca.crt"))
    monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("on_server")
def test_with_the_authority_everything_works(run, make_artifact, new_bucket):
    assert run("setup", f"s3://{new_bucket}", "--apply")[0] == 0
    uri = f"s3://{new_bucket}/models/demo"

    record = push(make_artifact(), f"{uri}:v1", bento=False)
    promote(f"{uri}@prod", "v1", why="for the test")

    assert pull(f"{uri}@prod").digest == record.digest


@pytest.mark.usefixtures("on_server")
@pytest.mark.parametrize("command", ["setup", "list"])
def test_without_the_authority_nothing_is_sent(run, server, new_bucket, monkeypatch, command):
    monkeypatch.delenv("AWS_CA_BUNDLE")

    code, out, err = run(command, f"s3://{new_bucket}")

    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "certificate" in err.lower()
    assert server.secret_key not in err
