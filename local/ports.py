"""Free TCP ports on the loopback address."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

# Below the ports that the kernel hands to outgoing connections (from 32768 on Linux), so that
# no connection made between the choice and the server's start can take a chosen port.
_CHOICES = range(20_000, 32_000)


def _bound(port: int) -> socket.socket:
    """Bind `port`; as servers do, ignoring connections that are only waiting to be forgotten."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
    except OSError:
        sock.close()
        raise
    return sock


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    try:
        _bound(port).close()
    except OSError:
        return False
    return True


def free(count: int) -> list[int]:
    """Choose `count` different free ports at random.

    Nothing keeps them free: a server started on them must be ready to fail and be started again
    on others.
    """
    chosen: list[int] = []
    with ExitStack() as held:
        while len(chosen) < count:
            port = random.choice(_CHOICES)  # noqa: S311 - to avoid neighbours, not attackers
            try:
                held.enter_context(_bound(port))
            except OSError:
                continue
            chosen.append(port)
    return chosen


def next_free(first: int) -> int:
    """Find the lowest free port from `first` on.

    Raises
    ------
    OSError
        When every port up to 65535 is taken.
    """
    for port in range(first, 65_536):
        if is_free(port):
            return port
    raise OSError(f"no free port from {first} to 65535 on {LOOPBACK}")
