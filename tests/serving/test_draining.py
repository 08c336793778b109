"""The end of the real server: SIGTERM under load, while loading, and while a store hangs."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import object_store, ports, processes, service
from serving.draining import FINISH_SECONDS
from tests.serving.load import Load, question, read_answer
from tests.serving.shelf import BUCKET, write_model
from tests.serving.stalling import stalling

READ = b"GET /readyz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"


@contextmanager
def serving(model, folder, **variables):
    with service.started(
        str(model), folder, port=ports.free(1)[0], environment=variables
    ) as server:
        yield server


@pytest.fixture
def model(tmp_path):
    write_model(tmp_path / "model")
    return tmp_path / "model"


async def until_unready(url):
    """Ask /readyz on new connections, as a balancer does; return when it was red, and why."""
    host, port = url.removeprefix("http://").split(":")
    while True:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(READ)
        status, _, body = await read_answer(reader)
        writer.close()
        if status != 200:
            return time.perf_counter(), body
        await asyncio.sleep(0.05)


async def end_under_load(server, load):
    """Send SIGTERM; 0.2 s after /readyz is red, as a balancer would, send nothing more."""
    stop = asyncio.Event()
    running = asyncio.create_task(load.run(stop))
    probing = asyncio.create_task(until_unready(server.url))
    await asyncio.sleep(0.5)
    asked = time.perf_counter()
    server.child.process.terminate()
    red, why = await asyncio.wait_for(probing, 5)
    await asyncio.sleep(0.2)
    stop.set()
    await running
    code = await asyncio.to_thread(server.child.process.wait, 20)
    return asked, red, why, code


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.long)])
def test_sigterm_under_load_loses_no_request(model, tmp_path, times):
    for number in range(times):
        with serving(model, tmp_path / str(number), ESTANTE_DRAIN_SECONDS="1") as server:
            load = Load(server.url, [f"c{row}" for row in range(20)], n_clients=8, pause=0.002)
            asked, red, why, code = asyncio.run(end_under_load(server, load))
            ended = time.perf_counter() - asked
        lost = [exchange for exchange in load.exchanges if exchange.status != 200]
        late = [exchange for exchange in load.exchanges if exchange.began > red]
        print(
            f"red after {red - asked:.2f} s, ended after {ended:.2f} s; of {len(load.exchanges)} "
            f"requests, {len(late)} of them after that, {len(lost)} were lost"
        )
        assert not lost
        assert code == 0
        assert ended < 1 + 5
        assert json.loads(why)["type"] == "/docs#not-ready"
        assert "is being stopped" in json.loads(why)["detail"]
        assert len(late) > 20
        assert {exchange.headers.get("connection") for exchange in late} == {"close"}


def test_what_is_being_answered_when_the_listener_closes_is_finished(model, tmp_path):
    """A thousand questions take longer than the drain lasts."""
    with serving(model, tmp_path / "run", ESTANTE_DRAIN_SECONDS="0.2") as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            head, _, body = question(("c1",) * 1000).partition(b"\r\n\r\n")
            connection.sendall(head + b"\r\n\r\n" + body[:-1])
            time.sleep(0.3)
            server.child.process.terminate()
            time.sleep(1)  # the listener is closed by now
            connection.sendall(body[-1:])
            answer = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        assert server.child.process.wait(20) == 0
    head, _, content = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in head.lower()
    assert len(json.loads(content)) == 1000


@pytest.mark.parametrize("seconds", ["0", "0.2"])
def test_a_body_that_never_comes_is_not_waited_for(model, tmp_path, seconds):
    with serving(model, tmp_path / "run", ESTANTE_DRAIN_SECONDS=seconds) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(question(("c1", "c2"))[:-1])
            time.sleep(0.3)
            began = time.monotonic()
            server.child.process.terminate()
            assert server.child.process.wait(20) == 0
            assert time.monotonic() - began < 0.2 + FINISH_SECONDS + 4
            head, _, content = connection.recv(1 << 16).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503")
        assert json.loads(content)["type"] == "/docs#not-ready"
        assert "Traceback" not in server.child.log.read_text()


def test_a_second_signal_ends_it_at_once(model, tmp_path):
    with serving(model, tmp_path / "run", ESTANTE_DRAIN_SECONDS="60") as server:
        server.child.process.terminate()
        [worker] = workers_of(server.child.pid)
        time.sleep(0.5)
        began = time.monotonic()
        os.kill(worker, signal.SIGTERM)
        assert server.child.process.wait(20) == 0
        assert time.monotonic() - began < 5


def test_ctrl_c_ends_it_in_good_order(model, tmp_path):
    """SIGINT reaches BentoML's parent process, which sends SIGTERM to the worker."""
    with serving(model, tmp_path / "run", ESTANTE_DRAIN_SECONDS="0.5") as server:
        began = time.monotonic()
        os.killpg(server.child.pid, signal.SIGINT)
        assert server.child.process.wait(20) == 0
        assert time.monotonic() - began < 0.5 + 5
        assert "closed in 0.5 s" in server.child.log.read_text()


def workers_of(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_text() for child in children}
    return [child for child, command in commands.items() if "worker" in command]


def test_a_store_that_hangs_is_not_waited_for(tmp_path):
    """Neither while loading nor, the server being unready, for a drain."""
    with object_store.started("seaweedfs", tmp_path / "store") as store:
        store.create_bucket(BUCKET)
        os.kill(store.pid, signal.SIGSTOP)
        [port] = ports.free(1)
        started = processes.start(
            "the service",
            [sys.executable, "-m", "bentoml", "serve", "service:Estante", "--port", str(port)],
            log=tmp_path / "log",
            environment=store.environment()
            | {
                "BENTOML_HOME": str(tmp_path / "bentoml"),
                "BENTOML_DO_NOT_TRACK": "True",
                "ESTANTE_MODEL": f"s3://{BUCKET}/shop@prod",
                "ESTANTE_CACHE": str(tmp_path / "cache"),
                "ESTANTE_DRAIN_SECONDS": "60",
            },
            folder=service.ROOT,
        )
        with started as child:
            child.wait_until_ready(
                lambda: None if "hook: follow" in child.log.read_text() else "starting", 60
            )
            time.sleep(1)  # it asks the store by now
            began = time.monotonic()
            child.process.terminate()
            assert child.process.wait(20) == 0
            assert time.monotonic() - began < 5
        os.kill(store.pid, signal.SIGCONT)


def test_a_pull_that_hangs_is_not_waited_for(shelf, seaweedfs, tmp_path):
    """Its requests are made by a pool of threads, which Python would wait for at its end."""
    for seed, version in enumerate(("v0", "v1")):
        shelf.push(version, seed)
    shelf.promote("v0")
    missing = shelf.blob_key("v1", "scorer-factors.safetensors").encode()
    with (
        stalling(seaweedfs.endpoint, missing) as (url, stalled),
        serving(
            shelf.alias, tmp_path / "run", AWS_ENDPOINT_URL_S3=url, ESTANTE_DRAIN_SECONDS="0.2"
        ) as server,
    ):
        shelf.promote("v1")
        assert stalled.wait(10)
        began = time.monotonic()
        server.child.process.terminate()
        assert server.child.process.wait(20) == 0
        assert time.monotonic() - began < 0.2 + 5
