"""Clients that ask all the time, each on a connection that it keeps as long as it may."""

import asyncio
import itertools
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Exchange:
    """A request that was sent, and what became of it; times are of time.perf_counter."""

    began: float
    ended: float
    customer_ids: tuple[str, ...]
    status: int | None  # None: no answer came
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def answers(self):
        """One for each customer."""
        content = json.loads(self.body)
        return content if isinstance(content, list) else [content]


@dataclass
class Load:
    """Questions for customers in turn, on several connections; one in ten is a POST of several.

    ``pause`` is between a client's answer and its next request, in seconds.
    """

    url: str
    customer_ids: list[str]
    n_clients: int = 4
    pause: float = 0.005
    exchanges: list[Exchange] = field(default_factory=list)
    connections: int = 0

    async def run(self, stop):
        """Ask until the event is set."""
        customers = itertools.cycle(self.customer_ids)
        await asyncio.gather(*(self._client(customers, stop) for _ in range(self.n_clients)))

    async def _client(self, customers, stop):
        streams = None
        while not stop.is_set():
            if streams is None:
                host, port = self.url.removeprefix("http://").split(":")
                streams = await asyncio.open_connection(host, int(port))
                self.connections += 1
            n_customers = 8 if len(self.exchanges) % 10 == 0 else 1
            asked = tuple(itertools.islice(customers, n_customers))
            exchange = await self._ask(*streams, asked)
            self.exchanges.append(exchange)
            if exchange.status is None or exchange.headers.get("connection") == "close":
                streams[1].close()
                streams = None
            await asyncio.sleep(self.pause)
        if streams is not None:
            streams[1].close()

    async def _ask(self, reader, writer, customer_ids):
        began = time.perf_counter()
        status, headers, body = None, {}, b""
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(question(customer_ids))
            status, headers, body = await read_answer(reader)
        return Exchange(began, time.perf_counter(), customer_ids, status, headers, body)


def question(customer_ids):
    """Return a GET for one customer, a POST for several."""
    if len(customer_ids) == 1:
        path = f"/v1/customers/{customer_ids[0]}/recommendations"
        return f"GET {path} HTTP/1.1\r\nhost: test\r\n\r\n".encode()
    requests = [{"customer_id": customer_id} for customer_id in customer_ids]
    body = json.dumps({"requests": requests})
    return (
        "POST /v1/recommendations HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def read_answer(reader):
    """Return status, headers and body of one answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers, body


def p99_ms(exchanges):
    """Return the 99th percentile of the latencies, in milliseconds."""
    latencies = [exchange.ended - exchange.began for exchange in exchanges]
    return 1000 * float(np.percentile(latencies, 99)) if latencies else float("nan")
