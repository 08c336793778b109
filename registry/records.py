"""What every record in a bucket has in common: who wrote it, when, and how its bytes are made."""

from __future__ import annotations

import getpass
import json
import socket
from datetime import UTC, datetime
from typing import Any

from registry.errors import RecordError


def to_bytes(fields: dict[str, Any]) -> bytes:
    """Return a record as JSON: sorted keys, UTF-8, a final newline."""
    text = json.dumps(fields, sort_keys=True, indent=2, ensure_ascii=False)
    return (text + "\n").encode()


def from_bytes(
    data: bytes,
    where: str,
    expected: dict[str, type | tuple[type, ...]],
    optional: dict[str, type | tuple[type, ...]] | None = None,
) -> dict[str, Any]:
    """Read a record and check its fields.

    Parameters
    ----------
    where
        What to call it in messages.
    expected
        The type of each field that must be there; others are left out, so that later releases
        may add some.
    optional
        The same of fields that need not be there: they are None then.

    Raises
    ------
    RecordError
        If it is not JSON, or a field is missing or of another type.
    """
    try:
        fields = json.loads(data)
        to_bytes(fields)  # half a character (a lone surrogate) can be neither signed nor shown
    except ValueError as error:
        raise RecordError(
            f"{where} is not JSON ({error}); it was not written by this tool"
        ) from None
    if not isinstance(fields, dict):
        raise RecordError(f"{where} is not a JSON object; it was not written by this tool")
    fields = {**dict.fromkeys(optional or ()), **fields}
    expected = {**expected, **(optional or {})}
    for name, kind in expected.items():
        if name not in fields or not isinstance(fields[name], kind):
            raise RecordError(
                f"{where}: the field {name!r} is missing or of another type; "
                "it was not written by this tool"
            )
    return {name: fields[name] for name in expected}


def now() -> str:
    """Return the time in UTC, to the second, as 2026-11-24T08:15:00Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def whoami() -> str:
    """Return user@host, for records that say who wrote them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
