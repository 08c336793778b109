"""The gateway on the real server: keys, ids, log, metrics, pages of others, odd requests."""

import json
import re
import socket
import time

import httpx
import pytest

from local import ports, service
from serving.access import new_key
from tests.deploy.test_grafana import write_model

ANA = "/v1/customers/ana/recommendations"
BATCH = "/v1/recommendations"
ORIGIN = "https://shop.example"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A file of two keys, and the keys."""
    file = tmp_path_factory.mktemp("keys") / "keys.txt"
    read, admin = new_key("shop", "read"), new_key("ops", "admin")
    file.write_text(f"{read[1]}\n{admin[1]}\n")
    return file, read[0], admin[0]


@pytest.fixture(scope="module")
def running(keys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("operations")
    write_model(folder / "model")
    with service.started(
        str(folder / "model"),
        folder / "run",
        port=ports.free(1)[0],
        environment={
            "ESTANTE_API_KEYS_FILE": str(keys[0]),
            "ESTANTE_CORS_ORIGINS": ORIGIN,
            "ESTANTE_LOG": "json",
            "ESTANTE_LOG_REQUESTS": "1",
        },
    ) as server:
        yield server


@pytest.fixture(scope="module")
def client(running, keys):
    with httpx.Client(base_url=running.url, headers={"X-API-Key": keys[1]}) as client:
        yield client


def lines(running):
    """Return the lines of the log, which all are JSON objects once the service has begun."""
    time.sleep(0.2)
    return [
        json.loads(line) for line in running.child.log.read_text().splitlines() if line[0] == "{"
    ]


@pytest.mark.parametrize("path", [ANA, "/v1/model", "/metrics", "/nothing", "/schema.json"])
def test_a_key_is_needed(running, path):
    response = httpx.get(running.url + path)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "/docs#no-key"
    assert httpx.post(running.url + BATCH, content=b"nonsense").status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/docs", "/openapi.json"])
def test_probes_and_pages_are_open(running, path):
    assert httpx.get(running.url + path).status_code == 200


def test_a_key_opens_what_its_scope_says(running, client, keys):
    assert client.get(ANA).status_code == 200
    assert client.post(BATCH, json={"requests": [{}]}).status_code == 200
    assert client.get("/metrics").status_code == 403
    bearer = {"Authorization": f"Bearer {keys[2]}"}
    response = httpx.get(running.url + "/metrics", headers=bearer)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_a_key_that_is_added_opens_and_one_that_is_removed_does_not(running, keys):
    file, read, _ = keys
    before = file.read_text()
    key, line = new_key("late", "read")

    def status(key):
        return httpx.get(running.url + ANA, headers={"X-API-Key": key}).status_code

    assert status(key) == 401
    file.write_text(f"{line}\n")
    time.sleep(1.1)
    assert (status(key), status(read)) == (200, 401)
    file.write_text(before)
    time.sleep(1.1)
    assert (status(key), status(read)) == (401, 200)


def test_the_log_is_json_and_names_requests_but_no_key(running, client, keys):
    sent = client.get(ANA, headers={"X-Request-ID": "known-1"})
    client.get("/v1/customers/a%0Ab/recommendations", headers={"X-Request-ID": "known-2"})
    made = client.get("/v1/model").headers["x-request-id"]

    assert sent.headers["x-request-id"] == "known-1"
    by_id = {line.get("request_id"): line for line in lines(running)}
    assert by_id["known-1"]["request"] == f"GET {ANA}"
    assert by_id["known-1"]["status"] == 200
    assert by_id["known-2"]["request"] == "GET /v1/customers/a%0Ab/recommendations"
    assert by_id[made]["request"] == "GET /v1/model"
    text = running.child.log.read_text()
    assert not any(secret in text for secret in keys[1:])
    begun = text[text.index('{"time"') :].splitlines()
    assert all(line.startswith("{") for line in begun)


def test_metrics_do_not_grow_with_paths(running, client, keys):
    admin = {"X-API-Key": keys[2]}

    def n_series():
        text = httpx.get(running.url + "/metrics", headers=admin).text
        return len([line for line in text.splitlines() if line[0] != "#"])

    client.get("/nothing")
    n_series()  # which is a route, too
    before = n_series()
    for i in range(200):
        client.get(f"/v1/customers/{i}/recommendations")
        client.get(f"/{i}")
    assert n_series() == before


def test_pages_of_the_named_origin_may_ask_and_no_others(client):
    preflight = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-api-key",
    }
    allowed = client.options(ANA, headers=preflight)
    refused = client.options(ANA, headers=preflight | {"Origin": "https://other.example"})

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in refused.headers
    answer = client.get(ANA, headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    no_key = httpx.get(str(client.base_url) + ANA, headers={"Origin": ORIGIN})
    assert no_key.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize(
    "head",
    [
        "GET /v1/model HTTP/1.1\r\nHost: a\r\nX-Request-ID: a\r\n b\r\n\r\n",
        "GET /v1/model HTTP/1.1\r\nHost: a\r\nX-Request-ID: a\0b\r\n\r\n",
        "GET /v1/customers/a%0D%0ASet-Cookie:x=y/recommendations HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/model/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET // HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET http://evil.example/v1/model HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        (
            "GET /v1/model HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
        "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        (
            "POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
    ],
)
def test_nothing_that_is_sent_comes_back_as_a_header_or_leads_elsewhere(running, keys, head):
    begin, end = head.split("\r\n", 1)
    port = int(running.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            f"{begin}\r\nX-API-Key: {keys[1]}\r\nConnection: close\r\n{end}".encode()
        )
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head = answer.partition(b"\r\n\r\n")[0].lower()

    assert re.match(rb"http/1.1 (200|3\d\d|4\d\d) ", head), answer
    assert b"set-cookie" not in head
    assert b"evil.example" not in head
    assert b"\r\n b" not in head
    assert b"traceback" not in answer.lower()
