"""The outermost layer: every request enters and leaves the service here.

In one pass it names the request, asks for its key, lets it wait for its turn or refuses it, gives
errors their one form, counts, and writes the log. Its order: what costs least refuses first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from serving import problems, schemas
from serving.batching import ITEMS
from serving.bodies import Bodies
from serving.errors import ClientGoneError, NotReadyError
from serving.foreign_errors import FAILED, detail_of, is_foreign, kept_headers
from serving.request_ids import request_id
from serving.route_table import BATCH, UNKNOWN, entry_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from serving.access import Access
    from serving.admission import Questions, Turns
    from serving.metrics import Metrics
    from serving.problems import Problem
    from serving.route_table import Entry
    from serving.snapshot import Slot

log = logging.getLogger("estante.errors")
requests_log = logging.getLogger("estante.requests")

_CLOSE = (b"connection", b"close")
_ENDED = "the service was stopped before it could answer this; ask again"


class Gateway:
    """Serve requests through the routes, or through BentoML what is BentoML's.

    Parameters
    ----------
    app
        All of BentoML.
    routes
        The routes that are answered without it.
    slot
        Says whether the service is being stopped.
    access
        Whose keys may ask what.
    turns, questions
        How much may wait: GETs, and what POSTs ask.
    metrics
        Where to count.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: ASGIApp,
        slot: Slot,
        access: Access,
        turns: Turns,
        questions: Questions,
        metrics: Metrics,
    ) -> None:
        self._app, self._routes, self._slot = app, routes, slot
        self._access, self._metrics = access, metrics
        self._turns, self._questions = turns, questions
        self._bodies = Bodies()
        self._in_flight = 0
        self._noted = requests_log.isEnabledFor(logging.INFO)
        metrics.watch_in_flight(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; see the ASGI specification."""
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        began = time.monotonic()
        self._turns.arrive(scope)
        entry = entry_of(scope["path"])
        headers = _headers_of(scope)
        reply = _Reply(scope, send, request_id(headers.get(b"x-request-id")), self._slot)
        self._in_flight += 1
        try:
            if self._access.is_asked:
                self._access.require(entry.scope, headers)
            await self._serve(entry, scope, receive, reply)
        except problems.CLIENT_ERRORS as error:
            await reply.replace(problems.of_error(error))
        except ClientGoneError:
            pass  # nobody is there to be answered
        except asyncio.CancelledError:
            if not self._slot.draining:
                raise
            await reply.replace(problems.of_error(NotReadyError(_ENDED)))
        except Exception:
            extra = {"fields": {"request_id": reply.request_id}}
            log.exception("%s failed (%s)", _asked(scope), reply.request_id, extra=extra)
            await reply.replace(problems.of_status(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED))
        finally:
            self._in_flight -= 1
            self._count(entry, scope, reply, time.monotonic() - began)

    def _count(self, entry: Entry, scope: Scope, reply: _Reply, seconds: float) -> None:
        self._metrics.request(entry.template, reply.status, seconds)
        if self._noted:
            _note(scope, reply, seconds)

    def refuse_early(self, scope: Scope, url: bytes, *, impatient: bool) -> bytes | None:
        """Return all of the answer to a GET that may not enter; None if it may.

        A place may be kept for it then: see :meth:`Turns.arrive`.

        Asked by a connection before it makes a request of what has arrived: to refuse must cost
        little beside answering, or a crowd that is refused leaves no time to answer anybody.
        """
        entry = entry_of(url.partition(b"?")[0].decode("latin-1"))  # perhaps of another form
        if not entry.queued or self._turns.expect(scope, impatient=impatient):
            return None
        problem = problems.of_error(self._turns.refuse())
        self._metrics.request(entry.template, problem.status, 0.0)
        id_ = request_id(_headers_of(scope).get(b"x-request-id"))
        return problem.http_response({"x-request-id": id_.decode()})

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # none of the routes is one
            await send({"type": "websocket.close"})
        else:
            await self._app(scope, receive, send)

    async def _serve(self, entry: Entry, scope: Scope, receive: Receive, reply: _Reply) -> None:
        if entry is UNKNOWN:  # BentoML would take a path that ends in a line break for one without
            said = detail_of(scope, HTTPStatus.NOT_FOUND, {}, b"")
            await reply.replace(problems.of_status(HTTPStatus.NOT_FOUND, said))
        elif entry.queued:
            began = await self._turns.enter()
            try:
                app = self._routes if entry.direct else self._app
                await app(scope, receive, reply.send)
            finally:
                self._turns.leave(began)
        elif entry.template == BATCH and scope["method"] == "POST":
            await self._serve_batch(scope, receive, reply)
        else:
            app = self._routes if entry.direct else self._app
            await app(scope, receive, reply.send)

    async def _serve_batch(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        """Serve a POST, once its body is there: a slow one keeps nobody from being answered.

        What is wrong with it is said here: in BentoML's queue a refusal would wait for answers.
        """
        body = await self._bodies.read(receive)
        n_bytes = len(body)
        try:
            schemas.parameters_of(scope["query_string"], ())
            scope[ITEMS] = schemas.queries_of_body(body)
            del body
            self._questions.hold(scope, len(scope[ITEMS]))
            await self._app(scope, receive, reply.send)
        finally:
            self._questions.release(scope, answered=reply.status == HTTPStatus.OK)
            self._bodies.release(n_bytes)


class _Reply:
    """The answer on its way out: passed on with the request's id, or held back and replaced."""

    __slots__ = ("_body", "_held", "_id", "_scope", "_send", "_slot", "started", "status")

    def __init__(self, scope: Scope, send: Send, id_: bytes, slot: Slot) -> None:
        self._scope, self._send, self._id, self._slot = scope, send, id_, slot
        self._held: Message | None = None
        self._body = b""
        self.started = False
        self.status = 499  # as others count a client that left before it was answered

    @property
    def request_id(self) -> str:
        return self._id.decode()

    async def send(self, message: Message) -> None:
        if self._held is not None:
            await self._hold_body(message)
        elif message["type"] != "http.response.start":
            await self._send(message)
        elif message["status"] >= HTTPStatus.BAD_REQUEST and is_foreign(message):
            self._held = message
        else:
            self.started = True
            self.status = message["status"]
            headers = message["headers"]
            headers.append((b"x-request-id", self._id))
            if self._slot.draining:
                headers.append(_CLOSE)
            await self._send(message)

    async def replace(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        """Answer with a problem, unless an answer is on its way already."""
        self._held = None
        if not self.started:
            for message in problem.messages(headers):
                await self.send(message)

    async def _hold_body(self, message: Message) -> None:
        self._body += message.get("body", b"")
        held = self._held
        if held is None or message.get("more_body"):
            return
        kept = kept_headers(held)
        detail = detail_of(self._scope, held["status"], kept, self._body)
        await self.replace(problems.of_status(held["status"], detail), kept)


def _asked(scope: Scope) -> str:
    return f"{scope['method']} {scope['raw_path'].decode()}"  # encoded: no line break is in it


def _headers_of(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers; of one that is given twice the last, which is no one's to rely on."""
    return dict(scope["headers"])


def _note(scope: Scope, reply: _Reply, seconds: float) -> None:
    fields = {
        "request": _asked(scope),
        "status": reply.status,
        "ms": round(1000 * seconds, 3),
        "request_id": reply.request_id,
    }
    line = "%(request)s: %(status)d, %(ms).1f ms (%(request_id)s)"
    requests_log.info(line, fields, extra={"fields": fields})
