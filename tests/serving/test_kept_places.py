"""Places in the queue that are kept for what never takes them, on the real server."""

import itertools
import socket

import pytest

from local import ports, service
from tests.serving.shelf import write_model

N = 300  # of each form: more than there are places before the server has learnt how fast it is

WEBSOCKET = (
    b"GET /v1/model HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
FORMS = {
    "encoded": (b"GET /%6Civez HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "absolute": (b"GET http://h/livez HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "fragment": (b"GET /livez#x HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "websocket": (WEBSOCKET, 403),
    "another upgrade": (
        b"GET /v1/model HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        200,
    ),
    "no path": (b"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "no URL": (b"GET /v1/customers/:9999999/recommendations?a=\x7f HTTP/1.1\r\n\r\n", 400),
    "asterisk": (b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 404),
}
GET = b"GET /v1/customers/c1/recommendations HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    write_model(folder / "model")
    with service.started(str(folder / "model"), folder / "run", port=ports.free(1)[0]) as server:
        host, port = server.url.removeprefix("http://").split(":")
        yield host, int(port)


def status_of(address, request):
    """Return the status of the answer to one request on a connection that may be kept."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request)
        return int(connection.recv(65536).split()[1])


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_request_takes_a_place_for_ever(address, form):
    request, status = FORMS[form]
    statuses = [status_of(address, request) for _ in range(N)]

    print([(one, len(list(some))) for one, some in itertools.groupby(statuses)])
    assert set(statuses) == {status}
    assert status_of(address, GET) == 200
