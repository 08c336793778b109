"""What an answer costs over HTTP, beside Starlette alone doing the same scoring.

    OMP_NUM_THREADS=1 python -m benchmarks.bench_serving --model var/demo/model

Each server runs on one worker; wrk (Debian package of that name) asks them in turns. What counts is
the ratio of their processor time a request within a round, since client and server share the
machine. Writes results/serving.csv and results/serving.md.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks import generated, results, wrk
from benchmarks.results import Row, Table
from benchmarks.wrk import Asked, Load
from loadtests.oracle import Oracle
from loadtests.paths import BATCH, path_of
from local import ports, processes, service
from local.ports import LOOPBACK
from recommender import artifact
from recommender.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BARE, BATCHING, UNBATCHED = "Starlette, same scoring", "Estante", "Estante, batches of one"
FIXED, REPEATED = "Starlette, a fixed list of 30 ids", "Estante, asked before"
BATCHES = (1, 16, 256)
CONNECTIONS = (1, 8, 32)
_CHECKED = 20  # answers by each server, recomputed
_ASKED = 2000  # customers; fewer where the model has fewer
_REPEATED = 100
_BODIES = 50
_START_SECONDS = 60.0
# Nothing is refused however long it waits, as nothing is by Starlette alone.
_PATIENT = {"ESTANTE_GET_WAIT_MS": "60000", "ESTANTE_POST_WAIT_MS": "60000"}


@dataclass(frozen=True)
class Server:
    """One contender: where it listens, and its process."""

    url: str
    pid: int


@dataclass(frozen=True)
class Measured:
    """One run of the client."""

    model: str
    question: str
    connections: int
    contender: str
    number: int  # of the round
    load: Load


def questions(customers: Sequence[str]) -> dict[str, dict[str, list[Asked]]]:
    """Return what each contender is asked, by question and contender; the first is the measure."""
    paths = [path_of(Query(customer)) for customer in customers]
    fresh = [Asked(f"{path}&exclude=NUMBER") for path in paths]
    asked = {
        "GET": {BARE: fresh, BATCHING: fresh},
        "GET, repeated": {
            FIXED: [Asked("/fixed")],
            BATCHING: fresh,
            REPEATED: [Asked(path) for path in paths[:_REPEATED]],
        },
    }
    for size in BATCHES:
        bodies = [Asked(BATCH, body_of(customers, size, seed)) for seed in range(_BODIES)]
        asked[f"POST, {size}"] = dict.fromkeys((BARE, BATCHING, UNBATCHED), bodies)
    return asked


def body_of(customers: Sequence[str], size: int, seed: int) -> bytes:
    """Return the body that asks for so many customers at once."""
    chosen = random.Random(seed).choices(customers, k=size)  # noqa: S311  nothing secret
    return json.dumps({"requests": [{"customer_id": customer} for customer in chosen]}).encode()


@contextmanager
def servers(model: Path, folder: Path) -> Iterator[dict[str, Server]]:
    """Run every contender over a model."""
    with ExitStack() as stack:
        bare = stack.enter_context(_uvicorn(model, folder / "bare.log"))
        ours, unbatched = (
            stack.enter_context(
                service.started(str(model), folder / module, environment=_PATIENT, module=module)
            )
            for module in ("service", "benchmarks.unbatched_service")
        )
        batching = Server(ours.url, ours.child.pid)
        yield {
            BARE: bare,
            FIXED: bare,
            BATCHING: batching,
            REPEATED: batching,
            UNBATCHED: Server(unbatched.url, unbatched.child.pid),
        }


@contextmanager
def _uvicorn(model: Path, log: Path) -> Iterator[Server]:
    port = ports.next_free(service.FIRST_PORT)
    url = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, "-m", "uvicorn", "benchmarks.bare_server:application"]
    command += ["--host", LOOPBACK, "--port", str(port), "--no-access-log"]
    variables = {"ESTANTE_MODEL": str(model), "OMP_NUM_THREADS": "1"}
    with processes.start(
        "Starlette", command, log=log, environment=variables, folder=service.ROOT
    ) as child:
        child.wait_until_ready(lambda: _obstacle(f"{url}/fixed"), _START_SECONDS)
        yield Server(url, child.pid)


def _obstacle(url: str) -> str | None:
    try:
        httpx.get(url).raise_for_status()
    except httpx.HTTPError as error:
        return str(error)
    return None


def check(running: Mapping[str, Server], oracle: Oracle, customers: Sequence[str]) -> None:
    """Compare some answers of each server with the model's own, each asked for twice.

    Raises
    ------
    wrk.ClientError
        If one is wrong.
    """
    queries = [Query(customer) for customer in customers[:_CHECKED]]
    body = {"requests": [{"customer_id": query.customer_id} for query in queries]}
    for name in (BARE, BATCHING, UNBATCHED):
        with httpx.Client(base_url=running[name].url) as client:
            answers = [client.get(path_of(query)).json() for query in 2 * queries]
            answers += client.post(BATCH, json=body).raise_for_status().json()
        for query, answer in zip(3 * queries, answers, strict=True):
            faults = oracle.faults(query, answer)
            if faults:
                raise wrk.ClientError(f"{name} answers wrongly: {faults[0]}")


def measure(name: str, model: Path, given: argparse.Namespace, folder: Path) -> Iterator[Measured]:
    """Ask every contender everything about one model, in turns."""
    oracle = Oracle(model)
    customers = list(oracle.customer_ids)
    random.Random(0).shuffle(customers)  # noqa: S311  nothing secret
    customers = customers[:_ASKED]
    with servers(model, folder) as running:
        check(running, oracle, customers)
        for question, asked in questions(customers).items():
            scripts = {
                contender: wrk.write_script(folder / "asked.lua", each).rename(folder / f"{n}.lua")
                for n, (contender, each) in enumerate(asked.items())
            }
            for connections in given.connections:
                for number in range(given.rounds):
                    for contender, script in scripts.items():
                        server = running[contender]
                        load = wrk.run(server.url, script, connections, given.seconds, server.pid)
                        yield Measured(name, question, connections, contender, number, load)


def rows_of(measured: Sequence[Measured]) -> list[Row]:
    """Return a row for each contender: medians, and its ratio to the first, of one round each."""
    rows = list[Row]()
    for key in dict.fromkeys((m.model, m.question, m.connections) for m in measured):
        here = [m for m in measured if (m.model, m.question, m.connections) == key]
        first = [m.load.cpu for m in here if m.contender == here[0].contender]
        for contender in dict.fromkeys(m.contender for m in here):
            loads = [m.load for m in here if m.contender == contender]
            ratio = statistics.median(
                one / load.cpu for one, load in zip(first, loads, strict=True)
            )
            rows.append((*map(str, key), contender, *_medians(loads), ratio))
    return rows


def _medians(loads: Sequence[Load]) -> list[str | float]:
    rate, p50, p99, cpu = (
        statistics.median(getattr(load, name) for load in loads)
        for name in ("requests_per_second", "p50", "p99", "cpu")
    )
    return [f"{rate:.0f}", p50, p99, f"{cpu:.0f}"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each model."""
    given = _parser().parse_args(arguments)
    measured = list[Measured]()
    data = list[str]()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        models = {str(path): path for path in given.model}
        models |= {name: generated.write(work / name, name) for name in given.generated}
        for number, (name, path) in enumerate(models.items()):
            folder = work / str(number)
            folder.mkdir()
            loaded = artifact.load(path)
            shape = (
                f"{len(loaded.model.customers)} customers, {len(loaded.model.catalogue)} products"
            )
            kinds = ", ".join(sorted({each.kind for each in loaded.model.scorers.values()}))
            data.append(f"{name}: {shape}, {kinds}; {loaded.digest}")
            measured += measure(name, path, given, folder)
    columns = ["model", "question", "connections", "contender", "requests/s", "p50 ms", "p99 ms"]
    columns += ["CPU us/request", "first's CPU / this"]
    raw: list[Row] = [
        (m.model, m.question, m.connections, m.contender, m.number, *_numbers(m.load))
        for m in measured
    ]
    names = ["model", "question", "connections", "contender", "round"]
    names += ["requests_per_second", "p50_ms", "p99_ms", "cpu_us"]
    about = [*results.circumstances(data), *_NOTES]
    tables = [Table("Answers", columns, rows_of(measured))]
    text = results.write(given.out, "serving", about, tables, Table("", names, raw))
    sys.stdout.write(text + "\n")


def _numbers(load: Load) -> tuple[float, ...]:
    return load.requests_per_second, load.p50, load.p99, load.cpu


_NOTES = """\
asked: 30 products of another customer each time, less one, so that nobody asked before;
POST, N: for N customers at once
CPU: the server's, and all of its processes'; ratio: the median over rounds, above 1 is faster
""".splitlines()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_serving", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--model", nargs="*", type=Path, default=[], metavar="FOLDER", help="fitted models"
    )
    parser.add_argument(
        "--generated",
        nargs="*",
        choices=generated.SHAPES,
        default=[],
        help="models of random numbers",
    )
    parser.add_argument("--connections", nargs="+", type=int, default=list(CONNECTIONS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each run of the client")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    main()
