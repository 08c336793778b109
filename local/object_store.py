"""A real object store on this machine: SeaweedFS or MinIO, for as long as it is needed."""

import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import minio, ports, processes, seaweedfs
from local.errors import PortTakenError, StartError
from local.ports import LOOPBACK
from local.processes import Child

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

StoreKind = Literal["seaweedfs", "minio"]

_PORTS: dict[StoreKind, int] = {"seaweedfs": seaweedfs.PORTS, "minio": 1}
_ATTEMPTS = 3
_READY_SECONDS = 60.0
# SeaweedFS waits 15 s for its own connections when asked to end; nothing it acknowledged is lost
# when it is killed, so it is not given that long.
_PATIENCE_SECONDS = 1.0
_PROBE_BUCKET = "estante-readiness"


@dataclass(frozen=True)
class RunningStore:
    """An object store that answers.

    Attributes
    ----------
    kind : {"seaweedfs", "minio"}
        Which server it is.
    endpoint : str
        URL of its S3 interface.
    access_key, secret_key : str
        Credentials with all rights, made for this run.
    pid : int
        Its process.
    ports : tuple of int
        Where it listens, the S3 interface first.
    """

    kind: StoreKind
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    pid: int
    ports: tuple[int, ...]

    def environment(self) -> dict[str, str]:
        """Return the standard variables with which any S3 client finds the store."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def client(self) -> "S3Client":
        """Return a client that fails at once rather than trying again."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(
                connect_timeout=2,
                read_timeout=10,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    def create_bucket(self, name: str) -> None:
        """Create a bucket, if it is not there."""
        client = self.client()
        if name not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=name)


@contextmanager
def started(kind: StoreKind, folder: Path, port: int | None = None) -> Iterator[RunningStore]:
    """Run an object store on the loopback address; stop it at the end, whatever happens.

    Parameters
    ----------
    kind : {"seaweedfs", "minio"}
        Which server. MinIO is built first, once, if it is not in the cache.
    folder : Path
        Its data, log and credentials; made if missing, and kept. What an earlier run stored
        there is there again.
    port : int, optional
        Port of the S3 interface; a free one if not given.

    Yields
    ------
    RunningStore
        Ready: an object was put and read back.

    Raises
    ------
    MissingProgramError, BuildError
        When there is no server to start.
    PortTakenError
        When `port` is not free.
    StartError
        When the server ended, or was not ready within a minute.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if port is not None and not ports.is_free(port):
        raise PortTakenError(
            f"port {port} on {LOOPBACK} is taken: stop what uses it, or give another port"
        )
    child, store = _start(kind, folder, port)
    try:
        yield store
    finally:
        child.stop()
        if kind == "seaweedfs":
            seaweedfs.remove_sockets(store.ports)


def _start(kind: StoreKind, folder: Path, port: int | None) -> tuple[Child, RunningStore]:
    """Start on free ports; on others if somebody takes one before the server does."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(PortTakenError):
            return _start_on(_chosen_ports(kind, port), kind, folder)
    return _start_on(_chosen_ports(kind, port), kind, folder)


def _chosen_ports(kind: StoreKind, port: int | None) -> list[int]:
    fixed = [] if port is None else [port]
    return fixed + ports.free(_PORTS[kind] - len(fixed))


def _start_on(chosen: list[int], kind: StoreKind, folder: Path) -> tuple[Child, RunningStore]:
    access_key, secret_key = f"estante{secrets.token_hex(6)}", secrets.token_hex(20)
    server = seaweedfs if kind == "seaweedfs" else minio
    command, environment = server.launch(folder, chosen, access_key, secret_key)
    child = processes.start(
        kind,
        command,
        log=folder / "server.log",
        environment=environment,
        patience=_PATIENCE_SECONDS,
        when_parent_ends=signal.SIGKILL,
    )
    endpoint = f"http://{LOOPBACK}:{chosen[0]}"
    store = RunningStore(kind, endpoint, access_key, secret_key, child.pid, tuple(chosen))
    try:
        child.wait_until_ready(partial(_obstacle, store.client()), _READY_SECONDS)
    except BaseException as error:
        child.stop()
        taken = [port for port in chosen if not ports.is_free(port)]
        if isinstance(error, StartError) and taken:
            raise PortTakenError(
                f"port {taken[0]} on {LOOPBACK} was taken meanwhile: {error}"
            ) from error
        raise
    return child, store


def _obstacle(client: "S3Client") -> str | None:
    """Put an object and read it back: servers list buckets before they can store anything."""
    try:
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=_PROBE_BUCKET)
        client.put_object(Bucket=_PROBE_BUCKET, Key="probe", Body=b"ready")
        client.get_object(Bucket=_PROBE_BUCKET, Key="probe")["Body"].read()
        client.delete_object(Bucket=_PROBE_BUCKET, Key="probe")
        client.delete_bucket(Bucket=_PROBE_BUCKET)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None
