"""The outermost layer of the service: every error leaves it in the one form."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from starlette.datastructures import Headers

from serving import problems

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from serving.problems import Problem

log = logging.getLogger("estante.errors")

_KEPT_HEADERS = ("allow", "retry-after", "www-authenticate")
_OVERLOADED = "the service has more to do than it can; ask again in a moment, or ask for less"
_FAILED = "the service failed, and the request may well be right; the service's log says more"


class ProblemMiddleware:
    """Turn what goes wrong inside, BentoML's own refusals among it, into problem details.

    Parameters
    ----------
    app
        The application inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(scope, receive, send)
        try:
            await self._app(scope, receive, reply.send)
        except problems.CLIENT_ERRORS as error:
            if not reply.started:
                await reply.send_problem(problems.of_error(error))
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if not reply.started:
                await reply.send_problem(
                    problems.of_status(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED)
                )


class _Reply:
    """The answer on its way out: passed on as it is, or held back and replaced."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._held: Message | None = None
        self._body = b""
        self.started = False

    async def send(self, message: Message) -> None:
        if self._held is not None:
            await self._hold_body(message)
        elif message["type"] == "http.response.start" and _is_foreign_error(message):
            self._held = message
        else:
            self.started = True
            await self._send(message)

    async def send_problem(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        self.started = True
        await problem.response(headers)(self._scope, self._receive, self._send)

    async def _hold_body(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if self._held is None or message.get("more_body"):
            return
        headers = Headers(raw=self._held["headers"])
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        status = self._held["status"]
        detail = _detail(self._scope, status, headers, self._body)
        await self.send_problem(problems.of_status(status, detail), kept)


def _is_foreign_error(start: Message) -> bool:
    if start["status"] < HTTPStatus.BAD_REQUEST:
        return False
    media_type = Headers(raw=start["headers"]).get("content-type", "")
    return not media_type.startswith(problems.MEDIA_TYPE)


def _detail(scope: Scope, status: int, headers: Headers, body: bytes) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {scope['path']}; the routes are listed at /docs"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("allow", "see /docs")
        return f"{scope['method']} is not allowed at {scope['path']}; allowed: {allowed}"
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _FAILED
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _OVERLOADED
    return _said(body) or HTTPStatus(status).description


def _said(body: bytes) -> str:
    """Return what an error of BentoML or Starlette says: ``{"error": ...}`` or plain text."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace").strip()
    if isinstance(content, list) and content:
        content = content[0]
    return str(content.get("error", "")) if isinstance(content, dict) else str(content)
