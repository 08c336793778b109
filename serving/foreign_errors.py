"""Errors that BentoML and Starlette answer in forms of their own, and what they say."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from starlette.datastructures import Headers

from serving.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Scope

_MEDIA_TYPE = MEDIA_TYPE.encode()
_KEPT_HEADERS = ("allow", "retry-after", "www-authenticate")
_OVERLOADED = "the service has more to do than it can; ask again in a moment, or ask for less"
_TOO_LONG = "the answer took longer than the service may take; ask for less, or ask again later"
FAILED = "the service failed, and the request may well be right; the service's log says more"
_BY_STATUS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: FAILED,
    HTTPStatus.SERVICE_UNAVAILABLE: _OVERLOADED,
    HTTPStatus.GATEWAY_TIMEOUT: _TOO_LONG,
}


def is_foreign(start: Message) -> bool:
    """Tell whether an error's answer is no problem detail."""
    media_type = dict(start["headers"]).get(b"content-type", b"")
    return not media_type.startswith(_MEDIA_TYPE)


def kept_headers(start: Message) -> dict[str, str]:
    """Return those headers of an error that say what to do about it."""
    headers = Headers(raw=start["headers"])
    return {name: headers[name] for name in _KEPT_HEADERS if name in headers}


def detail_of(scope: Scope, status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Return what to say in place of a foreign error: of ours by its status, or what it said."""
    if status == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {scope['path']}; the routes are listed at /docs"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("allow", "see /docs")
        return f"{scope['method']} is not allowed at {scope['path']}; allowed: {allowed}"
    said = _BY_STATUS.get(HTTPStatus(status))
    return said or _said(body) or HTTPStatus(status).description


def _said(body: bytes) -> str:
    """Return what an error says: ``{"error": ...}``, or plain text."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace").strip()
    if isinstance(content, list) and content:
        content = content[0]
    return str(content.get("error", "")) if isinstance(content, dict) else str(content)
