"""Connections that want too much, on uvicorn's real server with the bounds made small."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from serving import connections
from serving.connections import HEAD_MAX, PIPELINED_MAX, Connection

GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


async def hello(_):
    return PlainTextResponse("hello")


async def large(_):
    return Response(b"x" * 2**26)


async def read_all(request):
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(connections, "ARRIVAL_SECONDS", 0.6)
    monkeypatch.setattr(connections, "STUCK_SECONDS", 0.6)
    monkeypatch.setattr(connections, "_SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(Connection, "_places", 20)
    monkeypatch.setattr(Connection, "_sweeping", None)
    routes = [Route("/", hello), Route("/large", large), Route("/", read_all, methods=["POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes), http=Connection, port=0, log_config=None, timeout_keep_alive=30
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@contextlib.contextmanager
def connected(server):
    with socket.create_connection(server, timeout=5) as connection:
        yield connection


def received(connection):
    """Read until the server closes; return all."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def closed_after(connection):
    began = time.monotonic()
    rest = received(connection)
    return time.monotonic() - began, rest


def test_requests_are_answered_one_after_the_other_on_one_connection(server):
    with connected(server) as connection:
        for _ in range(3):
            time.sleep(0.4)  # longer than the bound in all, since each arrives in time
            connection.sendall(GET)
            assert connection.recv(65536).endswith(b"hello")


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHo", b"\r\n"])
def test_what_does_not_arrive_in_time_is_closed(server, begun):
    with connected(server) as connection:
        connection.sendall(begun)
        seconds, rest = closed_after(connection)

    assert rest == b""
    assert 0.4 < seconds < 3


def test_a_request_that_drips_is_closed_though_it_never_stops(server):
    with connected(server) as connection:
        connection.settimeout(0.05)
        began, ended = time.monotonic(), None
        while ended is None and time.monotonic() - began < 5:
            try:
                connection.sendall(b"a")
                if connection.recv(1) == b"":
                    ended = time.monotonic()
            except TimeoutError:
                pass
            except OSError:
                ended = time.monotonic()

    assert ended is not None
    assert ended - began < 3


def test_a_second_request_has_no_more_time_than_the_first(server):
    with connected(server) as connection:
        connection.sendall(GET)
        assert connection.recv(65536).endswith(b"hello")
        connection.sendall(b"GET / HT")
        seconds, rest = closed_after(connection)

    assert rest == b""
    assert seconds < 3


def test_a_body_of_any_length_in_time_is_read(server):
    with connected(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000\r\n\r")
        time.sleep(0.1)
        connection.sendall(b"\n" + b"x" * 3_000_000)
        assert connection.recv(65536).endswith(b"3000000")


@pytest.mark.parametrize("piece", [b"a: b\r\n" * 200, b"a" * 1000])
def test_a_head_without_end_is_refused(server, piece):
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 8 * HEAD_MAX:
                time.sleep(0.005)
                sent += connection.send(piece)
        rest = received(connection)

    assert sent < 8 * HEAD_MAX
    assert rest == b"" or rest.startswith(b"HTTP/1.1 400 ")


def test_requests_sent_ahead_are_answered_up_to_a_bound(server):
    with connected(server) as connection:
        connection.sendall(GET * PIPELINED_MAX)
        answers = b""
        while answers.count(b"hello") < PIPELINED_MAX:
            answers += connection.recv(65536)

    with connected(server) as connection:
        connection.sendall(GET * 5000)
        assert b"HTTP/1.1 400 " in received(connection)


def test_whoever_does_not_take_an_answer_is_closed(server):
    with connected(server) as connection:
        connection.sendall(GET.replace(b"/ ", b"/large ", 1))
        time.sleep(2)
        rest = received(connection)

    assert 0 < len(rest) < 2**26


def test_whoever_takes_it_slowly_gets_it_all(server):
    with connected(server) as connection:
        connection.sendall(GET.replace(b"/ ", b"/large ", 1))
        n_received = 0
        while n_received < 2**26:
            n_received += len(connection.recv(2**20))
            time.sleep(0.002)


def test_idle_connections_make_room_for_others(server):
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(server)) for _ in range(20)]
        for connection in idle:
            connection.sendall(GET)
            assert connection.recv(65536).endswith(b"hello")
        late = stack.enter_context(connected(server))
        late.sendall(GET)
        assert late.recv(65536).endswith(b"hello")
        assert all(received(connection) == b"" for connection in idle)


REFUSAL = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\nno"


@pytest.fixture
def asked(monkeypatch):
    """Refuse the paths that say so; note what is asked, and how patient its client is."""
    asked = []

    def refuse(scope, url, *, impatient):
        asked.append((url, dict(scope["headers"])[b"host"], impatient))
        return REFUSAL if url == b"/refused" else None

    monkeypatch.setattr(Connection, "refuse", staticmethod(refuse))
    return asked


def answers(connection, *requests):
    for request in requests:
        connection.sendall(request)
        yield connection.recv(65536)


def test_a_get_is_refused_before_it_is_a_request_and_its_connection_goes_on(server, asked):
    refused = b"GET /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    with connected(server) as connection:
        first, second, third, fourth = answers(connection, refused, GET, refused, GET)
        time.sleep(1.1)
        list(answers(connection, GET))

    assert (first, third) == (REFUSAL, REFUSAL)
    assert second.endswith(b"hello")
    assert fourth.endswith(b"hello")
    assert [impatient for _, _, impatient in asked] == [False, True, True, True, False]
    assert asked[0][:2] == (b"/refused", b"a")


def test_a_refusal_sent_ahead_keeps_the_order_of_answers(server, asked):
    with connected(server) as connection:
        connection.sendall(GET + GET.replace(b"/ ", b"/refused ", 1) + GET)
        received_ = b""
        while received_.count(b"HTTP/1.1 ") < 3 or not received_.endswith(b"hello"):
            received_ += connection.recv(65536)

    statuses = [part[:3] for part in received_.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]  # as a request: what is ahead comes first


def test_nothing_else_is_refused_so(server, asked):
    with connected(server) as connection:
        [answer] = answers(connection, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert answer.endswith(b"0")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert received(connection).endswith(b"hello")

    assert asked == []


def test_few_files_allow_few_connections(monkeypatch):
    for files, places in ((20_000, 4096), (1024, 896), (100, 128)):
        monkeypatch.setattr(connections.resource, "getrlimit", lambda _, n=files: (n, n))
        assert connections.places() == places


def test_the_server_is_told(monkeypatch):
    monkeypatch.setitem(uvicorn.config.HTTP_PROTOCOLS, "auto", "before")
    connections.install()

    config = uvicorn.Config(hello)
    config.load()
    assert config.http_protocol_class is Connection
