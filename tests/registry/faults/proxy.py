"""A proxy in front of a real object store that breaks connections, or bits, or refuses, as told.

It knows as much of HTTP as boto3 and the servers use: it takes one request at a time from a
connection, with a length or in chunks, and one answer to it.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

LOOPBACK = "127.0.0.1"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Fault(Enum):
    """What may go wrong with a request."""

    CUT_BEFORE = auto()  # nothing of it arrives
    CUT_WITHIN = auto()  # half of it arrives
    CUT_ANSWER = auto()  # it is done, but nothing of the answer arrives
    CUT_WITHIN_ANSWER = auto()  # it is done, but half of the answer arrives
    FLIP = auto()  # a bit of its body is another
    FLIP_ANSWER = auto()  # a bit of its answer's body is another
    UNAVAILABLE = auto()  # nothing of it arrives: the answer is 503
    EXPIRED = auto()  # the same, and the answer is AWS's to credentials whose time is over


_REFUSALS = {
    Fault.UNAVAILABLE: (b"503 Service Unavailable", b"SlowDown", b"Please reduce your rate."),
    Fault.EXPIRED: (b"400 Bad Request", b"ExpiredToken", b"The provided token has expired."),
}


@dataclass
class Message:
    """A request, or an answer: its head, with the empty line after it, and its body."""

    head: bytes
    body: bytes = b""

    @property
    def method(self) -> str:
        """A request's method."""
        return self.head.split(b" ", 1)[0].decode()

    @property
    def path(self) -> str:
        """A request's path and query."""
        return self.head.split(b" ", 2)[1].decode()

    def flipped(self) -> Message:
        """Return it with one bit in the middle of its body turned round."""
        middle = len(self.body) // 2
        body = bytearray(self.body)
        if body:
            body[middle] ^= 1
        return Message(self.head, bytes(body))

    def __bytes__(self) -> bytes:
        return self.head + self.body


def _refusal(fault: Fault, request: Message) -> bytes:
    """Return the answer of a store that refuses, in the form of the protocol."""
    status, code, message = _REFUSALS[fault]
    body = b"<Error><Code>%b</Code><Message>%b</Message></Error>" % (code, message)
    head = b"HTTP/1.1 %b\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
    answer = Message(head % (status, len(body)), b"" if request.method == "HEAD" else body)
    return bytes(answer)


def _header(head: bytes, name: bytes) -> bytes | None:
    found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r]*)\r\n", head, re.IGNORECASE)
    return found and found[1]


def _read_head(stream: BufferedReader) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            raise EOFError
        head += line
    return head


def _read_body(stream: BufferedReader, head: bytes) -> bytes:
    if _header(head, b"transfer-encoding"):
        body = b""
        while True:
            line = stream.readline()
            size = int(line.split(b";")[0], 16)
            body += line + stream.read(size) + stream.readline()
            if not size:
                return body
    return stream.read(int(_header(head, b"content-length") or 0))


@dataclass
class Proxy:
    """Listens on the loopback address for as long as its context lasts.

    Parameters
    ----------
    upstream
        URL of the real store.
    meddle
        Asked about each request and its number, from 0: what shall go wrong, or None.
    after
        Told of each request, and its number, that the store has answered, before the answer goes
        back.
    requests
        Every request that came: method, path, bytes of the answer's body.
    """

    upstream: str
    meddle: Callable[[int, Message], Fault | None] = lambda *_: None
    after: Callable[[int, Message], object] = lambda *_: None
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    faults: int = 0
    pause: float = 0.0  # seconds, before each 64 KiB of an answer

    def __enter__(self) -> Proxy:
        self._lock, self._count, self._open = threading.Lock(), 0, set()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"

    def reset(self, meddle: Callable[[int, Message], Fault | None] | None = None) -> None:
        """Count from 0 again; from now on with other faults, or none."""
        with self._lock:
            self.meddle = meddle or (lambda *_: None)
            self.after = lambda *_: None
            self._count, self.requests = 0, []

    def wait_until_all_hung_up(self) -> None:
        """Wait for the end of every connection: what a killed client asked for is noted then."""
        while self._open:
            threading.Event().wait(0.001)

    def answered(self, part: str) -> int:
        """Return the bytes of the answers to GET requests of paths in which ``part`` is."""
        return sum(n for method, path, n in self.requests if method == "GET" and part in path)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with (
            connection,
            suppress(OSError, EOFError, ValueError),
            connection.makefile("rb") as given,
        ):
            while self._pass_on(connection, given):
                pass
        self._open.discard(connection)

    def _pass_on(self, connection: socket.socket, given: BufferedReader) -> bool:
        """Pass one request on, and its answer back; tell whether the connection stays."""
        head = _read_head(given)
        if _header(head, b"expect"):
            connection.sendall(_CONTINUE)
            head = re.sub(rb"(?i)\r\nexpect:[^\r]*", b"", head)
        request = Message(head, _read_body(given, head))
        with self._lock:
            number, self._count = self._count, self._count + 1
            meddle, after = self.meddle, self.after
        fault = meddle(number, request)
        self.faults += fault is not None
        if fault is Fault.CUT_BEFORE:
            return self._note(request)
        if fault in _REFUSALS:
            self._note(request)
            connection.sendall(_refusal(fault, request))
            return True
        if fault is Fault.FLIP:
            request = request.flipped()
        return self._ask(connection, request, fault, lambda: after(number, request))

    def _ask(
        self,
        connection: socket.socket,
        request: Message,
        fault: Fault | None,
        after: Callable[[], object],
    ) -> bool:
        address = urlsplit(self.upstream)
        with (
            socket.create_connection((address.hostname, address.port)) as store,
            store.makefile("rb") as stream,
        ):
            if fault is Fault.CUT_WITHIN:
                store.sendall(bytes(request)[: (len(request.head) + len(bytes(request))) // 2])
                return self._note(request)
            store.sendall(bytes(request))
            answer = self._read_answer(stream, request)
        after()
        if fault is Fault.CUT_ANSWER:
            return self._note(request)
        if fault is Fault.FLIP_ANSWER:
            answer = answer.flipped()
        data = bytes(answer)
        if fault is Fault.CUT_WITHIN_ANSWER:
            data = data[: len(answer.head) + len(answer.body) // 2]
        self._note(request, len(data) - len(answer.head))
        self._send(connection, data)
        return fault is not Fault.CUT_WITHIN_ANSWER

    def _read_answer(self, stream: BufferedReader, request: Message) -> Message:
        head = _read_head(stream)
        while head.startswith(b"HTTP/1.1 100"):
            head = _read_head(stream)
        empty = request.method == "HEAD" or head.split(b" ")[1] in (b"204", b"304")
        return Message(head, b"" if empty else _read_body(stream, head))

    def _send(self, connection: socket.socket, data: bytes) -> None:
        if not self.pause:
            connection.sendall(data)
            return
        for start in range(0, len(data), 1 << 16):
            threading.Event().wait(self.pause)
            connection.sendall(data[start : start + (1 << 16)])

    def _note(self, request: Message, n_bytes: int = 0) -> bool:
        self.requests.append((request.method, request.path, n_bytes))
        return False
