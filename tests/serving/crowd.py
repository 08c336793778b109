"""Many clients at once, each on a connection of its own, that ask again as soon as answered.

``python -m tests.serving.crowd PORT CLIENTS SECONDS`` asks in a process of its own, so that whoever
measures is not kept waiting by it.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answered:
    """One answer: how long it took, and what it was."""

    seconds: float
    status: int
    head: bytes
    body: bytes


def request(path, *, method="GET", body=b"", headers=""):
    """Return the bytes of a request."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}{length}\r\n".encode() + body


async def receive(reader):
    """Read one answer of a stated length; return its status, its head and its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    body = await reader.readexactly(int(fields[b"content-length"]))
    return int(head[9:12]), head, body


async def close(writer):
    """Close a connection, whatever became of it."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def ask(port, requests, until, answers, pause=0.0, patience=0.0):
    """Ask one request after the other until the time is over, and note the answers.

    Pause after each, and be patient after one that was refused, for so many seconds.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (at := time.monotonic()) < until:
            writer.write(next(requests))
            answer = await receive(reader)
            answers.append(Answered(time.monotonic() - at, *answer))
            await asyncio.sleep(patience if answer[0] == 429 else pause)
    finally:
        await close(writer)


async def press(port, n_clients, seconds, pause=0.0, patience=0.0):
    """Let that many clients ask for so long; return all answers."""
    answers, until = [], time.monotonic() + seconds
    clients = (ask(port, questions(i), until, answers, pause, patience) for i in range(n_clients))
    await asyncio.gather(*clients)
    return answers


def questions(client):
    """Yield GETs of which none is like another."""
    for number in itertools.count():
        customer = f"c{(client * 7919 + number) % 100}"
        yield request(f"/v1/customers/{customer}/recommendations?exclude={client}.{number}")


def start(port, n_clients, seconds):
    """Start a crowd in a process of its own, which prints what :func:`summary` says."""
    command = [sys.executable, "-m", "tests.serving.crowd", str(port), str(n_clients), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def summary(answers):
    """Return how many answers there are of each status, and one that was refused."""
    refused = next((answer for answer in answers if answer.status == 429), None)
    return {
        "counts": dict(Counter(answer.status for answer in answers)),
        "refusal": refused and [refused.head.decode(), refused.body.decode()],
    }


def percentile(answers, p):
    """Return the p-th percentile of the answers' times in ms."""
    times = sorted(answer.seconds for answer in answers)
    return 1000 * times[min(len(times) - 1, int(len(times) * p / 100))] if times else float("nan")


def worker_of(pid):
    """Return the process that answers: the one among the server's children that has most memory."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max(map(int, children), key=resident)


def resident(pid):
    """Return the bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    answers = asyncio.run(press(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    print(json.dumps(summary(answers)))
