"""Podman on machines that grant no cgroups, and on hosts with certificates of their own.

Inside a virtual machine or another container podman may find a cgroup tree that it cannot write
(or cgroup versions 1 and 2 mounted together, which crun refuses), and no right to raise limits.
There containers run without a cgroup of their own, with the limits of this process, in a mount
namespace from which the second cgroup tree is taken out. Podman's storage stays the usual one,
so that ``podman images`` and ``podman push`` see what was built.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from resource import RLIMIT_NOFILE, RLIMIT_NPROC, getrlimit
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.engine import Engine

_WITHOUT_SECOND_CGROUP_TREE = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"',
    "sh",
)

_NO_CGROUPS = """\
netns = "host"
cgroups = "disabled"
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
"""

_MODEST = 20_000  # podman itself may have lowered what it may grant; a service needs far less

_NO_DAEMONS = """
[engine]
runtime = "crun"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def without_cgroups(engine: Engine) -> Engine:
    """Return the engine set up to need neither cgroups nor higher limits; it takes root."""
    settings = _write("run.conf", "[containers]\n" + _limits() + _NO_DAEMONS)
    return replace(
        engine,
        wrapper=_WITHOUT_SECOND_CGROUP_TREE,
        environment={"CONTAINERS_CONF": str(settings)},
    )


def build_environment(engine: Engine) -> dict[str, str]:
    """Return the variables under which ``bentoml containerize`` uses this podman.

    Build steps trust what the host trusts: where SSL_CERT_FILE names a bundle, they see it in
    place of the image's own, and uv is told to use it. Neither ends up in the image.
    """
    environment = {"DOCKER_BUILDKIT": "1"}  # cache mounts, so that a second build downloads nothing
    settings = ""
    if engine.wrapper:
        settings += _limits()
        environment["BUILDAH_ISOLATION"] = "chroot"
    bundle = os.environ.get("SSL_CERT_FILE")
    if bundle:
        uv = _write("uv.toml", "system-certs = true\n")
        mounts = [f"{bundle}:/etc/ssl/certs/ca-certificates.crt:ro", f"{uv}:/etc/uv/uv.toml:ro"]
        settings += f"volumes = {json.dumps(mounts)}\n"
    if settings:
        engine_part = _NO_DAEMONS if engine.wrapper else ""
        file = _write("build.conf", "[containers]\n" + settings + engine_part)
        environment["CONTAINERS_CONF"] = str(file)
    return environment


def cache_folder() -> Path:
    """Return the folder for settings and for work on images, made if need be."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "estante" / "containers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _limits() -> str:
    """Return the settings of [containers] that ask for no cgroup and raise no limit."""
    files, processes = (
        min(getrlimit(limit)[1], _MODEST) for limit in (RLIMIT_NOFILE, RLIMIT_NPROC)
    )
    return _NO_CGROUPS.format(files=files, processes=processes)


def _write(name: str, text: str) -> Path:
    file = cache_folder() / name
    file.write_text(text)
    return file
