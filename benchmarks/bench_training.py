"""Training speed beside Spotlight as its authors left it, implicit and LightFM.

``python -m benchmarks.bench_training`` prints a table for each question and writes them, with the
raw numbers, to ``benchmarks/results/training*``. Every contender runs in a process of its own, one
after the other. Two variables say where those are that this project does not install; what is not
there is left out, and a line says so:

ESTANTE_UPSTREAM_SPOTLIGHT
    A checkout of Spotlight 0.1.6.
ESTANTE_PEERS_PYTHON
    A Python interpreter that has implicit and lightfm-next.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from benchmarks import results
from benchmarks.contenders import UPSTREAM, Options
from benchmarks.results import Row, Table
from recommender.scorers import Factors
from training.evaluate import evaluate
from training.fit import ALL_BUT_TEST, fit
from training.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


CLOCKS = ("wall", "cpu")
PEERS = "ESTANTE_PEERS_PYTHON"
LOSSES = ("bpr", "hinge", "adaptive_hinge")
BATCH_SIZES = (256, 1024, 8192)
BEST: dict[str, Any] = {"batch_size": 8192}
TUNED: dict[str, dict[str, Any]] = {
    "types": {
        "epochs": 20,
        "loss": "hinge",
        "batch_size": 512,
        "learning_rate": 0.001,
        "l2": 1e-5,
        "dim": 128,
    },
    "products": {
        "epochs": 30,
        "loss": "hinge",
        "batch_size": 1024,
        "learning_rate": 0.00031,
        "l2": 1.5e-6,
        "dim": 105,
    },
}
"""By level, what searches on validation found best (`training tune`); other data take the first."""
EASE: dict[str, Any] = {"dim": 32}
_CONTENDERS = Path(__file__).with_name("contenders.py")


@dataclass(frozen=True)
class Learned:
    """Factors that a contender learned, in the form of an estimator, to be measured as one."""

    name: ClassVar[str] = "learned"
    factors: Factors

    def fit(self, *_: object, **__: object) -> Factors:
        """Give the factors."""
        return self.factors


@dataclass(frozen=True)
class Trained:
    """What a contender had learned by the end of each epoch, and the seconds that each took."""

    seconds: NDArray[np.float64]
    factors: Sequence[Factors]

    def and_times_of(self, again: Trained) -> Trained:
        """Add the times of the same training, done again."""
        return Trained(np.concatenate([self.seconds, again.seconds]), self.factors)

    def last(self) -> Trained:
        """Keep what was learned last only."""
        return Trained(self.seconds[-1:], self.factors[-1:])

    def best(self) -> float:
        """Seconds of the fastest epoch: the one that was disturbed least."""
        return float(self.seconds.min())


class Bench:
    """One data set and the contenders that run on it.

    Parameters
    ----------
    prepared
    folder
        For what the processes give each other.
    options
        What all contenders are given.
    clock
        Which of `CLOCKS` counts.

    Attributes
    ----------
    raw : list
        Data set, contender, its options, epoch and its seconds by both clocks, for every epoch.
    """

    def __init__(
        self, prepared: Prepared, folder: Path, options: Options, clock: str = "wall"
    ) -> None:
        self.prepared = prepared
        self.options = options
        self.raw: list[Row] = []
        self._clock = clock
        self._folder = folder
        pairs = prepared.matrix(*ALL_BUT_TEST).tocoo()
        users, items = pairs.row.astype(np.int32), pairs.col.astype(np.int32)
        np.savez(folder / "pairs.npz", users=users, items=items, shape=pairs.shape)

    @property
    def name(self) -> str:
        """What the tables call the data set."""
        return self.prepared.folder.name

    def run(self, contender: str, **options: Any) -> Trained | None:
        """Train a contender; None, and a line on standard error, if it is not there."""
        python = os.environ.get(PEERS, sys.executable)
        if contender in {"ours", "upstream", "ease"}:
            python = sys.executable
        if contender == "upstream" and UPSTREAM not in os.environ:
            _tell_left_out(contender, f"{UPSTREAM} is not set")
            return None
        given = replace(self.options, **options)
        target = self._folder / "trained.npz"
        paths = [_CONTENDERS, contender, self._folder / "pairs.npz", target]
        command = [python, *map(str, paths), json.dumps(asdict(given))]
        # Libraries that count the cores themselves are told as well.
        threads = {"OMP_NUM_THREADS": str(given.threads), "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            command, env=os.environ | threads, capture_output=True, text=True, check=False
        )
        if done.returncode:
            _tell_left_out(contender, done.stderr.strip().rpartition("\n")[2])
            return None
        found = np.load(target)
        for epoch, clocks in enumerate(found["seconds"].tolist(), 1):
            options_given = map(str, asdict(given).values())
            self.raw.append((self.name, contender, *options_given, epoch, *clocks))
        tables = zip(found["users"], found["items"], found["biases"], strict=True)
        return Trained(
            found["seconds"][:, CLOCKS.index(self._clock)], [Factors(*each) for each in tables]
        )

    def recalls(self, trained: Trained) -> list[float]:
        """Measure what was learned by the end of each epoch: recall at 30 on test, as fractions."""
        held_out = self.prepared.matrix("test")
        found = []
        for factors in trained.factors:
            model = fit(self.prepared, Learned(factors), progress=False)
            found.append(evaluate(model, held_out, split="test", progress=False).recall[30].mean)
        return found

    def run_both(self, first: str, second: str, **options: Any) -> list[Trained] | None:
        """Run two contenders in turn, and again, so that what disturbs one disturbs both."""
        turns = [[self.run(name, **options) for name in (first, second)] for _ in range(2)]
        found = [
            each[0].and_times_of(each[1])
            for each in zip(*turns, strict=True)
            if each[0] and each[1]
        ]
        return found if len(found) == 2 else None

    def compared(self, theirs: Trained, ours: Trained) -> Row:
        """Give the cells of two contenders: an epoch's seconds, how many times faster, recalls."""
        seconds = theirs.best(), ours.best()
        recalls = [_percent(self.recalls(each.last())[0]) for each in (theirs, ours)]
        return (*seconds, seconds[0] / seconds[1], *recalls)

    def time_to(self, recall: float, trained: Trained) -> float:
        """Seconds of training until a recall is reached, at the end of an epoch; nan: never."""
        reached = [each >= recall for each in self.recalls(trained)]
        return float(trained.seconds.cumsum()[reached.index(True)]) if any(reached) else math.nan


def equal_batches(bench: Bench) -> Table:
    """Compare one epoch with upstream's at the same batch size, loss by loss."""
    rows: list[Row] = []
    for loss in LOSSES:
        for batch_size in BATCH_SIZES:
            pair = bench.run_both("upstream", "ours", loss=loss, batch_size=batch_size)
            if pair:
                rows.append((loss, str(batch_size), *bench.compared(*pair)))
    columns = ["loss", "batch", *_compared_columns("upstream")]
    return Table(f"{bench.name}: an epoch at equal batch size", columns, rows)


def best_batch(bench: Bench) -> Table:
    """Compare upstream at its default batch size with ours at our best: an epoch, equal recall."""
    theirs, ours = bench.run("upstream"), bench.run("ours", **BEST)
    rows: list[Row] = []
    if theirs and ours:
        wanted = max(bench.recalls(theirs))
        times = [bench.time_to(wanted, each) for each in (theirs, ours)]
        rows.append((theirs.best(), ours.best(), theirs.best() / ours.best(), _percent(wanted)))
        rows[0] = (*rows[0], *times, times[0] / times[1])
    columns = ["upstream s", "ours s", "ratio", "recall to reach", "upstream s", "ours s", "ratio"]
    title = (
        f"{bench.name}: BPR, batch 256 (upstream) against {BEST['batch_size']} (ours): an epoch, "
        "and all of them until upstream's best recall"
    )
    return Table(title, columns, rows)


def closed_form(bench: Bench) -> Table:
    """Compare tuned upstream with EASE, the whole of its fit, at equal recall."""
    tuned = TUNED.get(bench.name.rpartition("-")[2], TUNED["types"])
    theirs, ours = bench.run("upstream", **tuned), bench.run("ease", **EASE)
    rows: list[Row] = []
    if theirs and ours:
        recalls = [max(bench.recalls(each)) for each in (theirs, ours)]
        times = [bench.time_to(recalls[0], each) for each in (theirs, ours)]
        rows.append((*times, times[0] / times[1], *map(_percent, recalls)))
    title = (
        f"{bench.name}: until tuned upstream's best recall; EASE of rank {EASE['dim']}, all of it"
    )
    return Table(title, _compared_columns("upstream"), rows)


def peers(bench: Bench) -> Table:
    """Compare one epoch with those of other libraries, theirs at their defaults."""
    rows: list[Row] = []
    for peer in ("implicit", "lightfm"):
        theirs, ours = bench.run(peer), bench.run("ours", **BEST)
        if theirs and ours:
            rows.append((peer, *bench.compared(theirs, ours)))
    title = f"{bench.name}: an epoch of BPR (ours, batch {BEST['batch_size']}) and of its peers"
    return Table(title, ["peer", *_compared_columns("peer")], rows)


def _compared_columns(theirs: str) -> list[str]:
    return [f"{theirs} s", "ours s", "ratio", f"{theirs}'s recall", "our recall"]


SECTIONS = (equal_batches, best_batch, closed_form, peers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every section on every data set."""
    given = _parser().parse_args(arguments)
    data, tables, raw = [], [], []
    for folder in given.prepared:
        prepared = Prepared.load(folder)
        data.append(f"{folder.name}, {prepared.digest}")
        with tempfile.TemporaryDirectory() as scratch:
            bench = Bench(
                prepared, Path(scratch), Options(given.epochs, given.threads), given.clock
            )
            for section in SECTIONS:
                tables.append(section(bench))
                sys.stderr.write(tables[-1].markdown() + "\n\n")
            raw += bench.raw
    about = [*results.circumstances(data), _NOTES.format(**vars(given))]
    columns = ["data", "contender", *(field.name for field in fields(Options)), "epoch", *CLOCKS]
    text = results.write(given.out, "training", about, tables, Table("", columns, raw))
    sys.stdout.write(text + "\n")


_NOTES = (
    "measured: {threads} thread(s); s: {clock} seconds of the fastest epoch; recall: at 30 on test "
    "after {epochs} epochs, %, protocol original; 64 dimensions"
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_training", description=(__doc__ or "").partition("\n")[0]
    )
    default = [Path(f"var/prepared/complete-journey-{level}") for level in ("types", "products")]
    parser.add_argument(
        "--prepared", type=Path, nargs="+", default=default, metavar="DIR", help="prepared sets"
    )
    parser.add_argument("--epochs", type=int, default=10, help="of each contender; default 10")
    parser.add_argument("--threads", type=int, default=1, help="of each contender; default 1")
    parser.add_argument(
        "--clock", choices=CLOCKS, default="wall", help="cpu: of the process, on a busy machine"
    )
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


def _tell_left_out(contender: str, reason: str) -> None:
    sys.stderr.write(f"left out: {contender}: {reason}\n")


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}"


if __name__ == "__main__":
    main()
