"""Errors as clients see them: problem details after RFC 9457."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from recommender.errors import (
    CategoryError,
    CutOffError,
    ModeError,
    QueryError,
    UnknownProductError,
)
from serving.errors import (
    NoKeyError,
    NotReadyError,
    OverloadedError,
    RequestError,
    ScopeError,
    TooSlowError,
)

if TYPE_CHECKING:
    from starlette.types import Message

MEDIA_TYPE = "application/problem+json"

_BAD_REQUEST, _UNAVAILABLE = HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE
_NOT_FOUND = HTTPStatus.NOT_FOUND
KINDS: dict[type[Exception], tuple[HTTPStatus, str, str]] = {
    CutOffError: (_BAD_REQUEST, "invalid-k", "k is out of bounds"),
    ModeError: (_BAD_REQUEST, "unknown-mode", "The model has no such mode"),
    CategoryError: (_BAD_REQUEST, "unknown-category", "The catalogue has no such category"),
    UnknownProductError: (_NOT_FOUND, "unknown-product", "The catalogue has no such product"),
    QueryError: (_BAD_REQUEST, "invalid-query", "The question cannot be answered as asked"),
    RequestError: (_BAD_REQUEST, "invalid-request", "The request is not of the expected form"),
    NoKeyError: (HTTPStatus.UNAUTHORIZED, "no-key", "A key is needed"),
    ScopeError: (HTTPStatus.FORBIDDEN, "scope", "The key is not for this"),
    TooSlowError: (HTTPStatus.REQUEST_TIMEOUT, "too-slow", "The request did not arrive in time"),
    OverloadedError: (HTTPStatus.TOO_MANY_REQUESTS, "overloaded", "Too much is waiting already"),
    NotReadyError: (_UNAVAILABLE, "not-ready", "No model is in service yet"),
}
CLIENT_ERRORS = tuple(KINDS)

_SOON = {"retry-after": "1"}  # seconds; whole ones only, and the queue is empty sooner than that
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"www-authenticate": "Bearer"},
    HTTPStatus.REQUEST_TIMEOUT: {"connection": "close"},
    HTTPStatus.TOO_MANY_REQUESTS: _SOON,
    HTTPStatus.SERVICE_UNAVAILABLE: _SOON,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: ``type`` is for programs, ``title`` names the type, ``detail`` is the case."""

    type: str
    title: str
    status: int
    detail: str

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """Return the answer that carries this problem."""
        said = headers_of(self.status) | (headers or {})
        return Response(orjson.dumps(self), self.status, said, MEDIA_TYPE)

    def messages(self, headers: dict[str, str] | None = None) -> tuple[Message, Message]:
        """Return the same answer as what an ASGI application sends, in a third of the time."""
        body = orjson.dumps(self)
        said = headers_of(self.status) | (headers or {})
        raw = [(name.encode(), value.encode()) for name, value in said.items()]
        raw += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
        start = {"type": "http.response.start", "status": int(self.status), "headers": raw}
        return start, {"type": "http.response.body", "body": body}

    def http_response(self, headers: dict[str, str]) -> bytes:
        """Return the same answer as it is on a connection."""
        start, end = self.messages(headers)
        first = b"HTTP/1.1 %d %b\r\n" % (self.status, HTTPStatus(self.status).phrase.encode())
        fields = [b"%b: %b\r\n" % field for field in start["headers"]]
        return b"".join([first, *fields, b"\r\n", end["body"]])


def of_error(error: Exception) -> Problem:
    """Return the problem of one of :data:`CLIENT_ERRORS`."""
    kind = next(kind for kind in KINDS if isinstance(error, kind))
    status, slug, title = KINDS[kind]
    return Problem(f"/docs#{slug}", title, status, str(error))


def of_status(status: int, detail: str) -> Problem:
    """Return the problem of which no more is known than its HTTP status."""
    return Problem("about:blank", HTTPStatus(status).phrase, status, detail)


def headers_of(status: int) -> dict[str, str]:
    """Return the headers by which an error of a status says what to do."""
    return _HEADERS.get(HTTPStatus(status), {})
