"""Connections that cannot take more than their share: of time, of memory, of places.

The server that BentoML runs waits for ever for a request to arrive whole and for an answer to be
taken, reads heads of any length, and keeps any number of connections. All is bounded here.
"""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Any, Protocol

import uvicorn.config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.admission import Turns

if TYPE_CHECKING:
    from starlette.types import Scope

ARRIVAL_SECONDS = 15.0  # from a connection, or a request's first byte, to the request's last byte
STUCK_SECONDS = 15.0  # without that the client takes any more of an answer
HEAD_MAX = 64 * 2**10  # bytes of a request's head
PIPELINED_MAX = 8  # requests sent ahead on one connection
CONNECTIONS_MAX = 4096
_OTHER_FILES = 128  # that the process needs beside its connections
RETRY_SECONDS = 1.0  # that a client which was refused is told to wait
_SWEEP_SECONDS = 1.0


class Refuse(Protocol):
    """Tells a GET's answer at once if it is refused, or None; see Gateway.refuse_early."""

    def __call__(self, scope: Scope, url: bytes, *, impatient: bool) -> bytes | None:
        """Return the answer or None."""


class _Refused:
    """Stands for the request and the answer of a GET that was refused: both are done with."""

    response_complete = True
    message_event = asyncio.Event()


def install() -> None:
    """Let the server of this process use :class:`Connection`; before it starts."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{Connection.__name__}"


def places() -> int:
    """Return how many connections there may be: fewer where few files may be open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(CONNECTIONS_MAX, max(files - _OTHER_FILES, _OTHER_FILES))


class Connection(HttpToolsProtocol):
    """An HTTP connection within bounds.

    Its time is looked at once a second for all connections together, which costs a request
    nothing.
    """

    refuse: Refuse | None = None  # asked before a GET is made a request of, if set
    _places = places()
    _sweeping: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection; for want of places, close those without a request, or this one."""
        super().connection_made(transport)
        self.access_log = False  # formats a line for each request that nobody writes
        self._arriving_since: float | None = self.loop.time()
        self._in_head = False
        self._head_bytes = 0
        self._unsent = (0, 0.0)  # bytes, and since when as many
        self._refused_at = -RETRY_SECONDS
        if len(self.connections) > self._places:
            self._make_room()
        if Connection._sweeping is None:
            Connection._sweeping = self.loop.call_later(_SWEEP_SECONDS, self._sweep)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, unless the head grows too long."""
        if self._arriving_since is None:
            self._arriving_since = self.loop.time()
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX and not self.transport.is_closing():
                self.send_400_response(f"The head of a request has at most {HEAD_MAX} bytes.")

    def on_message_begin(self) -> None:
        """Begin a request; an error here is answered with 400 and ends the connection."""
        if len(self.pipeline) >= PIPELINED_MAX:
            raise ValueError(f"more than {PIPELINED_MAX} requests were sent ahead")
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer, or refuse to."""
        self._in_head = False
        if self._refused():
            return
        try:
            super().on_headers_complete()
        except Exception:
            Turns.arrive(self._scope)  # there is no request
            raise

    @property
    def _scope(self) -> Scope:
        return self.scope  # type: ignore[return-value]  # uvicorn's own type of the same

    def _refused(self) -> bool:
        """Refuse a GET on a connection that is to be kept, if need be, and tell whether it was."""
        refuse = type(self).refuse
        if refuse is None or not self._is_idle or self.parser.get_method() != b"GET":
            return False
        if self.parser.should_upgrade() or not self.parser.should_keep_alive():
            return False
        now = self.loop.time()
        answer = refuse(self._scope, self.url, impatient=now - self._refused_at < RETRY_SECONDS)
        if answer is None:
            return False
        self._refused_at = now
        self.cycle = _Refused()  # type: ignore[assignment]
        self.transport.write(answer)
        self.on_response_complete()
        return True

    def on_message_complete(self) -> None:
        """Note that all of a request is there."""
        self._arriving_since = None
        super().on_message_complete()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        idle: list[Any] = [other for other in self.connections if other is not self]
        idle = [other for other in idle if other._is_idle]
        for other in idle or [self]:
            other.transport.abort()

    def _sweep(self) -> None:
        """Close connections that take too long; come again while there are any."""
        now = self.loop.time()
        others: list[Any] = list(self.connections)
        for other in others:
            if other._is_late(now):
                other.transport.abort()
        Connection._sweeping = self.loop.call_later(_SWEEP_SECONDS, self._sweep) if others else None

    def _is_late(self, now: float) -> bool:
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent[0]:
            self._unsent = (unsent, now)
        arriving = self._arriving_since
        return (arriving is not None and now - arriving > ARRIVAL_SECONDS) or (
            unsent > 0 and now - self._unsent[1] > STUCK_SECONDS
        )
