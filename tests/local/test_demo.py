"""``make demo`` and ``make serve`` for real: what they print, and that nothing outlives them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def start(module, folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", module, "--folder", str(folder), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def run(module, folder, *arguments):
    process = start(module, folder, *arguments)
    printed, _ = process.communicate(timeout=600)
    return process.returncode, printed


def processes_of(folder):
    """Return the processes whose arguments or variables name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text:
            found.append(text)
    return found


def wait_until_gone(folder):
    deadline = time.monotonic() + 20
    while left := processes_of(folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.fixture(scope="module", params=["seaweedfs", "minio"])
def demo(request, tmp_path_factory):
    """Run the demo once with each store."""
    if request.param == "minio":
        request.getfixturevalue("minio")  # built, or the test skipped
    folder = tmp_path_factory.mktemp("var") / "demo"
    code, printed = run("local.demo", folder, "--store", request.param)
    assert code == 0, printed
    return folder, printed


def test_the_demo_leads_from_transactions_to_answers_by_name(demo):
    folder, printed = demo
    for step in ("training run", "registry push", "registry promote", "bentoml serve", "loadtests"):
        assert step in printed
    assert "may come to like:\n     1  " in printed
    assert ", 0 answered wrongly" in printed
    wait_until_gone(folder)


def test_serve_answers_until_it_is_asked_to_end(demo):
    folder, _ = demo
    process = start("local.serve", folder)
    try:
        line = process.stdout.readline()
        said = json.loads((folder.parent / "serve.json").read_text())
        assert line == f"ready {said['url']}\n"
        assert said["pid"] == process.pid
        model = httpx.get(f"{said['url']}/v1/model").raise_for_status().json()
        assert model["uri"] == said["model"]
        assert run("local.demo", folder)[1].startswith("error: ")  # the folder is in use
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()
    assert not (folder.parent / "serve.json").exists()
    wait_until_gone(folder)


def test_a_port_that_is_taken_is_an_error_if_it_was_asked_for(demo):
    folder, _ = demo
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, printed = run("local.serve", folder, "--port", str(other.getsockname()[1]))
    assert code == 1
    assert "is taken" in printed


def test_there_is_nothing_to_serve_before_the_demo(tmp_path):
    code, printed = run("local.serve", tmp_path / "demo")
    assert (code, printed) == (1, "error: there is no model to serve yet; run make demo first\n")


@pytest.mark.long
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_at_any_moment_it_leaves_nothing_and_runs_again(tmp_path, by):
    folder = tmp_path / "demo"
    moments = [0.3, 1, 2, 4, 8, 16, 24, 32, 40]
    for seconds in moments:
        process = start("local.demo", folder)
        time.sleep(seconds)
        process.send_signal(by)
        process.communicate(timeout=60)
        wait_until_gone(folder)
    code, printed = run("local.demo", folder)
    assert code == 0, printed
