"""The form of the log: readable lines as BentoML writes them, or one JSON object a line."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

FORMS = ("text", "json")
_LOGGERS = ("", "bentoml", "uvicorn.error", "circus")  # those that BentoML gives handlers


class JSONFormatter(logging.Formatter):
    """Write a record as one JSON object: time, level, logger, message, and its ``fields``.

    Lines bring them by ``extra={"fields": {...}}``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, on one line whatever is in it."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _encodable(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = _encodable(self.formatException(record.exc_info))
        return orjson.dumps(line | getattr(record, "fields", {}), default=str).decode()


def configure(form: str, *, requests: bool) -> None:
    """Set what the log looks like, and whether each request has a line in it.

    To be called after BentoML has set its handlers up, as it has when it imports a service.
    """
    logging.getLogger("estante").setLevel(logging.INFO)
    logging.getLogger("estante.requests").setLevel(logging.INFO if requests else logging.WARNING)
    if form == "json":
        for name in _LOGGERS:
            for handler in logging.getLogger(name).handlers:
                handler.setFormatter(JSONFormatter())


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()  # half characters come from undecodable names
