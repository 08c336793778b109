"""What the environment says to the gateway: who may ask, how much may wait, what is logged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serving.errors import SettingsError
from serving.logs import FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

QUEUE_DEFAULT = 500
QUEUE_MAX = 100_000

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+|\*")
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True)
class GatewaySettings:
    """What the gateway is told from outside.

    Parameters
    ----------
    keys_file
        ESTANTE_API_KEYS_FILE: the keys that requests need; None: they need none.
    cors_origins
        ESTANTE_CORS_ORIGINS: whose pages a browser lets ask, separated by commas; ``*``: all.
    queue
        ESTANTE_QUEUE: how many questions may wait, of GETs and of POSTs each.
    log
        ESTANTE_LOG: ``text`` or ``json``.
    log_requests
        ESTANTE_LOG_REQUESTS: whether each request has a line in the log.
    """

    keys_file: Path | None = None
    cors_origins: tuple[str, ...] = ()
    queue: int = QUEUE_DEFAULT
    log: str = "text"
    log_requests: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> GatewaySettings:
        """Read the settings; a variable set to nothing counts as unset.

        Raises
        ------
        SettingsError
            Naming the variable, its value and what is allowed.
        """
        keys_file = environment.get("ESTANTE_API_KEYS_FILE")
        return cls(
            keys_file=Path(keys_file) if keys_file else None,
            cors_origins=_origins(environment.get("ESTANTE_CORS_ORIGINS") or ""),
            queue=_queue(environment.get("ESTANTE_QUEUE") or str(QUEUE_DEFAULT)),
            log=_log(environment.get("ESTANTE_LOG") or "text"),
            log_requests=_log_requests(environment.get("ESTANTE_LOG_REQUESTS") or "0"),
        )


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in text.split(",") if origin.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"ESTANTE_CORS_ORIGINS holds {origin!r}; an origin is https://HOST, without a "
                "path, or * for all; separate several by commas"
            )
    return origins


def _queue(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= QUEUE_MAX):
        raise SettingsError(
            f"ESTANTE_QUEUE is {text!r}; it must be a whole number from 1 to {QUEUE_MAX}"
        )
    return int(text)


def _log(text: str) -> str:
    if text not in FORMS:
        raise SettingsError(f"ESTANTE_LOG is {text!r}; it must be one of {', '.join(FORMS)}")
    return text


def _log_requests(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise SettingsError(f"ESTANTE_LOG_REQUESTS is {text!r}; it must be 1 or 0")
    return text.lower() in _YES
