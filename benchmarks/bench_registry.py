"""How fast models come from an object store and go there, beside boto3's own transfer functions.

    python -m benchmarks.bench_registry

Starts each server on this machine. Every round runs the contenders one after another, in turns,
each in a process of its own that stays; what counts is the ratio within a round. Writes
results/registry.csv and results/registry.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from boto3.s3.transfer import TransferConfig

from benchmarks import results
from benchmarks.results import Row, Table
from local import object_store
from local.object_store import StoreKind
from recommender import artifact
from recommender.manifest import MANIFEST_NAME, FileEntry, Manifest
from registry import blobs
from registry.parallel import AT_ONCE
from registry.pull import pull
from registry.push import push
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.object_store import RunningStore

MB = 10**6
BUCKET = "benchmark"
MODELS = {"10 files of 5 MB": (10, 5 * MB), "1 file of 500 MB": (1, 500 * MB)}
QUICK = {"3 files of 0.1 MB": (3, MB // 10), "1 file of 18 MB": (1, 18 * MB)}
_TRANSFER = TransferConfig(max_concurrency=AT_ONCE)

Contender = Callable[[Path, str, Path], float]  # model, its name in the store, an empty folder


def pull_model(_: Path, uri: str, empty: Path) -> float:
    """Pull a version into an empty cache; return the seconds."""
    start = time.perf_counter()
    pull(uri, empty)
    return time.perf_counter() - start


def download_files(model: Path, uri: str, empty: Path) -> float:
    """Download the same files as boto3 does, without hashing; return the seconds."""
    named, manifest = parse_s3(uri), artifact.read_manifest(model)[0]
    store = Store.open(named.bucket)

    def download(name: str) -> None:
        key = blobs.key(named, manifest.files[name].sha256)
        store.client.download_file(named.bucket, key, str(empty / name), Config=_TRANSFER)

    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(download, manifest.files))
    return time.perf_counter() - start


def download_and_hash(model: Path, uri: str, empty: Path) -> float:
    """Download the same files and hash them afterwards; return the seconds."""
    seconds = download_files(model, uri, empty)
    start = time.perf_counter()
    for path in empty.iterdir():
        FileEntry.of(path)
    return seconds + time.perf_counter() - start


def push_model(model: Path, uri: str, _: Path) -> float:
    """Push a model as a new one; return the seconds."""
    start = time.perf_counter()
    push(model, f"{parse_s3(uri)}".replace(":v1", f"{uuid.uuid4().hex[:8]}:v1"), bento=False)
    return time.perf_counter() - start


def upload_files(model: Path, uri: str, _: Path) -> float:
    """Upload the same files as boto3 does; return the seconds."""
    named, folder = parse_s3(uri), uuid.uuid4().hex
    store = Store.open(named.bucket)

    def upload(path: Path) -> None:
        key = f"{folder}/{path.name}"
        store.client.upload_file(str(path), named.bucket, key, Config=_TRANSFER)

    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(upload, model.iterdir()))
    return time.perf_counter() - start


CONTENDERS: dict[str, dict[str, Contender]] = {
    "get": {
        "boto3 download_file": download_files,
        "pull": pull_model,
        "boto3 download_file, then SHA-256": download_and_hash,
    },
    "put": {"boto3 upload_file": upload_files, "push": push_model},
}


@dataclass(frozen=True)
class Measured:
    """What one contender took in one round."""

    server: str
    model: str
    way: str
    contender: str
    round: int
    megabytes: float
    seconds: float

    @property
    def rate(self) -> float:
        """MB/s, 10^6 bytes."""
        return self.megabytes / self.seconds


def write_model(folder: Path, n_files: int, size: int) -> Path:
    """Write a model of random bytes that nothing but the registry can read."""
    folder.mkdir()
    for number in range(n_files):
        with (folder / f"file{number}").open("wb") as file:
            for start in range(0, size, MB):
                file.write(os.urandom(min(MB, size - start)))
    files = {path.name: FileEntry.of(path) for path in sorted(folder.iterdir())}
    (folder / MANIFEST_NAME).write_bytes(Manifest(files, {}, {}).to_bytes())
    return folder


def measure(
    store: RunningStore, models: dict[str, Path], rounds: int, work: Path
) -> Iterator[Measured]:
    """Yield every contender's time of every round with one server; the first is for warming up."""
    os.environ.update(store.environment())
    store.create_bucket(BUCKET)
    spawning = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        pools = {
            name: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawning))
            for contenders in CONTENDERS.values()
            for name in contenders
        }
        for model, folder in models.items():
            uri = f"s3://{BUCKET}/m{uuid.uuid4().hex[:8]}:v1"
            push(folder, uri, bento=False)
            size = sum(path.stat().st_size for path in folder.iterdir()) / MB
            for way, contenders in CONTENDERS.items():
                for number in range(rounds + 1):
                    for name in _in_turn(list(contenders), number):
                        empty = Path(tempfile.mkdtemp(dir=work))
                        run = pools[name].submit(contenders[name], folder, uri, empty)
                        seconds = run.result()
                        shutil.rmtree(empty)
                        if number:
                            yield Measured(store.kind, model, way, name, number, size, seconds)


def _in_turn(names: list[str], number: int) -> list[str]:
    """Let another one begin in each round: whoever is first finds the server busy, or idle."""
    first = number % len(names)
    return names[first:] + names[:first]


def rows_of(measured: Sequence[Measured]) -> list[Row]:
    """Summarise: rates, and each round's ratio to boto3 without hashing, least to most."""
    places = dict.fromkeys((each.server, each.model, each.way) for each in measured)
    return [
        (server, model, name, *_summary(measured, (server, model, way), name))
        for server, model, way in places
        for name in CONTENDERS[way]
    ]


def _summary(measured: Sequence[Measured], place: tuple[str, str, str], name: str) -> Row:
    rates: dict[str, list[float]] = {contender: [] for contender in CONTENDERS[place[2]]}
    for each in measured:
        if (each.server, each.model, each.way) == place:
            rates[each.contender].append(each.rate)
    boto3 = next(iter(rates.values()))
    ratios = sorted(rate / beside for rate, beside in zip(rates[name], boto3, strict=True))
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    return f"{statistics.median(rates[name]):.0f}", statistics.median(ratios), spread


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the tables."""
    given = _parser().parse_args(arguments)
    sizes, measured = QUICK if given.quick else MODELS, list[Measured]()
    load = f"load average when it began: {os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        models = {name: write_model(work / name, *size) for name, size in sizes.items()}
        for kind in given.stores:
            with object_store.started(kind, work / kind) as store:
                measured += measure(store, models, given.rounds, work)
    about = [*results.circumstances(["random bytes"]), *_notes(given.rounds), load]
    columns = ["server", "model", "", "MB/s", "beside boto3", "in all rounds"]
    names = ["server", "model", "way", "contender", "round", "megabytes", "seconds"]
    raw = [
        (m.server, m.model, m.way, m.contender, m.round, f"{m.megabytes:.3f}", f"{m.seconds:.6f}")
        for m in measured
    ]
    tables = [Table("From a server and to it", columns, rows_of(measured))]
    sys.stdout.write(
        results.write(given.out, "registry", about, tables, Table("", names, raw)) + "\n"
    )


def _notes(rounds: int) -> list[str]:
    return [
        f"boto3 {version('boto3')}; {AT_ONCE} requests at once for all",
        "server and contender share the machine; pull and push hash every byte, boto3 does not",
        f"MB/s: 10^6 bytes, the median of {rounds} rounds; beside boto3: the median of the ratios",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_registry", description=(__doc__ or "").partition("\n")[0]
    )
    kinds = get_args(StoreKind)
    parser.add_argument("--stores", nargs="+", choices=kinds, default=list(kinds), metavar="STORE")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--quick", action="store_true", help="small models: to see that it works")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    main()
