"""Errors as clients see them: problem details after RFC 9457."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import orjson
from starlette.responses import Response

from recommender.errors import CategoryError, CutOffError, ModeError, QueryError
from serving.errors import NotReadyError, RequestError

MEDIA_TYPE = "application/problem+json"

_BAD_REQUEST, _UNAVAILABLE = HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE
KINDS: dict[type[Exception], tuple[HTTPStatus, str, str]] = {
    CutOffError: (_BAD_REQUEST, "invalid-k", "k is out of bounds"),
    ModeError: (_BAD_REQUEST, "unknown-mode", "The model has no such mode"),
    CategoryError: (_BAD_REQUEST, "unknown-category", "The catalogue has no such category"),
    QueryError: (_BAD_REQUEST, "invalid-query", "The question cannot be answered as asked"),
    RequestError: (_BAD_REQUEST, "invalid-request", "The request is not of the expected form"),
    NotReadyError: (_UNAVAILABLE, "not-ready", "No model is in service yet"),
}
CLIENT_ERRORS = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: ``type`` is for programs, ``title`` names the type, ``detail`` is the case."""

    type: str
    title: str
    status: int
    detail: str

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """Return the answer that carries this problem."""
        return Response(orjson.dumps(self), self.status, headers, MEDIA_TYPE)


def of_error(error: Exception) -> Problem:
    """Return the problem of one of :data:`CLIENT_ERRORS`."""
    kind = next(kind for kind in KINDS if isinstance(error, kind))
    status, slug, title = KINDS[kind]
    return Problem(f"/docs#{slug}", title, status, str(error))


def of_status(status: int, detail: str) -> Problem:
    """Return the problem of which no more is known than its HTTP status."""
    return Problem("about:blank", HTTPStatus(status).phrase, status, detail)
