"""Whether others than this machine can reach the service, and may ask without a key."""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger("estante.access")


def warnings(addresses: Iterable[str], *, guarded: bool) -> tuple[str, ...]:
    """Return what to warn of where a service listens on these addresses, and log it."""
    open_ = sorted(text for text in addresses if not ipaddress.ip_address(text).is_loopback)
    if guarded or not open_:
        return ()
    warning = (
        f"no keys are asked for, and the service listens on {', '.join(open_)}: whoever reaches it "
        "may ask anything; set ESTANTE_API_KEYS_FILE, or listen on 127.0.0.1"
    )
    log.warning(warning)
    return (warning,)


def listening() -> set[str]:
    """Return the addresses that this process listens on."""
    connections = psutil.Process().net_connections("inet")
    return {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}
