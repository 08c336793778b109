"""Names of requests, by which an answer is found again in a log."""

from __future__ import annotations

import itertools
import re
import secrets

_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_PROCESS = secrets.token_hex(5).encode()
_numbers = itertools.count(1)


def request_id(given: bytes | None) -> bytes:
    """Return the client's X-Request-ID if it can do no harm in a header or a log, or a new one."""
    if given is not None and _SANE.fullmatch(given):
        return given
    return b"%s-%x" % (_PROCESS, next(_numbers))
