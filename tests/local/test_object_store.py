import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from local import object_store as stores
from local import ports, seaweedfs
from local.errors import MissingProgramError, PortTakenError, StartError

IPV4_LOOPBACK, IPV6_LOOPBACK = "0100007F", "0" * 24 + "01000000"


def answers(port):
    with socket.socket() as sock:
        return sock.connect_ex((ports.LOOPBACK, port)) == 0


def sockets_of(pid):
    """Return the inode of every socket that a process holds open."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    return inodes


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_stores_and_reads_back(object_store):
    object_store.create_bucket("shelf")
    object_store.create_bucket("shelf")
    client = object_store.client()

    client.put_object(Bucket="shelf", Key="a", Body=b"content")

    assert client.get_object(Bucket="shelf", Key="a")["Body"].read() == b"content"
    assert "shelf" in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


def test_it_listens_on_the_loopback_address_only(object_store):
    """As the kernel lists the listening sockets of the process."""
    inodes = sockets_of(object_store.pid)
    listening = [
        fields[1].split(":")
        for table in ("tcp", "tcp6")
        for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[9] in inodes
    ]

    assert {address for address, _ in listening} <= {IPV4_LOOPBACK, IPV6_LOOPBACK}
    assert {int(port, 16) for _, port in listening} == set(object_store.ports)


def test_the_environment_is_what_any_client_reads(object_store):
    assert object_store.environment() == {
        "AWS_ENDPOINT_URL_S3": object_store.endpoint,
        "AWS_ACCESS_KEY_ID": object_store.access_key,
        "AWS_SECRET_ACCESS_KEY": object_store.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    assert object_store.secret_key not in repr(object_store)


@pytest.mark.parametrize("kind", ["seaweedfs", "minio"])
def test_a_second_run_finds_what_the_first_stored_and_leaves_nothing_running(kind, tmp_path):
    port = ports.free(1)[0]
    with stores.started(kind, tmp_path, port) as store:
        store.create_bucket("shelf")
        store.client().put_object(Bucket="shelf", Key="a", Body=b"kept")
    assert not answers(port)

    with stores.started(kind, tmp_path) as store:
        assert store.client().get_object(Bucket="shelf", Key="a")["Body"].read() == b"kept"
    assert [port for port in store.ports if answers(port)] == []
    assert list(Path("/tmp").glob(f"seaweedfs-*-{store.ports[-1]}.sock")) == []


def test_a_taken_port_is_an_error_that_names_it(object_store, tmp_path):
    port = object_store.ports[0]
    with (
        pytest.raises(PortTakenError, match=f"port {port} on 127.0.0.1 is taken"),
        stores.started("seaweedfs", tmp_path, port),
    ):
        pass


def test_a_port_lost_to_somebody_else_is_replaced(monkeypatch, tmp_path):
    """One of the first choice is taken before the server starts: it gets others."""
    with socket.socket() as rival:
        rival.bind((ports.LOOPBACK, 0))
        rival.listen()
        first, second = ports.free(seaweedfs.PORTS), ports.free(seaweedfs.PORTS)
        first[2] = rival.getsockname()[1]
        choices = iter([first, second])
        monkeypatch.setattr(ports, "free", lambda count: next(choices))
        with stores.started("seaweedfs", tmp_path) as store:
            assert store.ports == tuple(second)


def test_a_server_that_cannot_start_says_why(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with (
        pytest.raises(StartError, match=r"minio ended with exit code 1; its log ends: .*log"),
        stores.started("minio", tmp_path),
    ):
        pass


def test_the_program_is_looked_for_on_path_too(monkeypatch, tmp_path):
    monkeypatch.setattr(seaweedfs.sysconfig, "get_path", lambda _: str(tmp_path / "scripts"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgramError, match="weed is missing: install"):
        seaweedfs.binary()

    (tmp_path / "weed").touch(mode=0o755)
    assert seaweedfs.binary() == tmp_path / "weed"


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_it_does_not_outlive_its_parent(ending, tmp_path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import time\n"
                "from pathlib import Path\n"
                "from local import object_store\n"
                f"with object_store.started('minio', Path({str(tmp_path)!r})) as store:\n"
                "    print(store.ports[0], flush=True)\n"
                "    time.sleep(60)\n"
            ),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    with parent:
        port = int(parent.stdout.readline())
        assert answers(port)
        parent.send_signal(ending)

    wait_for(lambda: not answers(port))
