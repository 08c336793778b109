"""How long the store has not answered, for who tells people that it takes long.

Noted by the events of boto3's clients: each attempt of a request, by the thread that waits for it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SINCE: dict[int, float] = {}


def watch(client: S3Client) -> None:
    """Note what a client waits for from now on."""
    client.meta.events.register("before-send.s3", _begin)
    client.meta.events.register("response-received.s3", _end)


def seconds() -> float:
    """Return for how long the store has not answered; 0 if nothing is waited for."""
    since = list(_SINCE.values())
    return time.monotonic() - min(since) if since else 0.0


def _begin(**_: Any) -> None:
    _SINCE[threading.get_ident()] = time.monotonic()


def _end(**_: Any) -> None:
    _SINCE.pop(threading.get_ident(), None)
