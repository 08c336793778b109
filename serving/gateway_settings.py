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

GET_WAIT_DEFAULT, POST_WAIT_DEFAULT = 100, 1000
WAIT_MAX = 60_000

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
    get_wait_ms, post_wait_ms
        ESTANTE_GET_WAIT_MS, ESTANTE_POST_WAIT_MS: how long either may wait for what came before.
    log
        ESTANTE_LOG: ``text`` or ``json``.
    log_requests
        ESTANTE_LOG_REQUESTS: whether each request has a line in the log.
    """

    keys_file: Path | None = None
    cors_origins: tuple[str, ...] = ()
    get_wait_ms: int = GET_WAIT_DEFAULT
    post_wait_ms: int = POST_WAIT_DEFAULT
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
            get_wait_ms=_wait(environment, "ESTANTE_GET_WAIT_MS", GET_WAIT_DEFAULT),
            post_wait_ms=_wait(environment, "ESTANTE_POST_WAIT_MS", POST_WAIT_DEFAULT),
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


def _wait(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= WAIT_MAX):
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from 1 to {WAIT_MAX}")
    return int(text)


def _log(text: str) -> str:
    if text not in FORMS:
        raise SettingsError(f"ESTANTE_LOG is {text!r}; it must be one of {', '.join(FORMS)}")
    return text


def _log_requests(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise SettingsError(f"ESTANTE_LOG_REQUESTS is {text!r}; it must be 1 or 0")
    return text.lower() in _YES
