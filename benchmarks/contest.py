"""What each contender finds on one data set: chosen on validation, measured on test once."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import sparse

from benchmarks.baselines import Scores
from recommender.metrics import ACCURACY, match
from recommender.model import Model
from recommender.modes import MODES
from training.estimators import PopularityEstimator
from training.fit import ALL_BUT_TEST, fit
from training.rankings import rankings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.peers_grids import Options
    from recommender.scorers import AnyScorer
    from training.dataset import Dataset
    from training.prepared import Prepared

    Values = NDArray[np.float64]  # (n_customers, len(MEASURES))

MEASURES = (("recall", 30), ("recall", 50), ("ndcg", 30))
KNOWN = {"validation": ("train",), "test": ALL_BUT_TEST}
"""What a contender learns from before it is measured on a part."""
_MEASURING = ("recommender/metrics/*.py", "recommender/m*.py", "recommender/r*.py")
_ROOT = Path(__file__).resolve().parent.parent


class LeftOutError(Exception):
    """A contender is not there, or cannot do it; the message says why."""


@dataclass(frozen=True)
class Own:
    """A contender of this project.

    Attributes
    ----------
    name : str
        In the tables.
    grid : sequence of dict
        The options to choose from; with one there is nothing to choose.
    learn : callable
        Takes a data set and options, and gives a scorer.
    code : tuple of str
        Patterns of the files that learn and score.
    modes : tuple of str
        What it is asked for.
    """

    name: str
    grid: Sequence[Options]
    learn: Callable[..., AnyScorer | Scores]
    code: tuple[str, ...] = ("benchmarks/baselines.py",)
    modes: tuple[str, ...] = MODES

    @property
    def identity(self) -> str:
        """Hash the code that learns and scores."""
        return source_digest(*self.code, "recommender/scorers/*.py")

    def scorers(self, dataset: Dataset, options: Sequence[Options]) -> Iterator[AnyScorer]:
        """Learn here."""
        for each in options:
            yield cast("AnyScorer", self.learn(dataset, **each))


@dataclass(frozen=True)
class Peer:
    """Another library, in a process of the interpreter that has it; see `benchmarks.peers`.

    Attributes
    ----------
    name, grid, modes
        As of `Own`.
    python : str
        The interpreter.
    library : str
        Name and version.
    """

    name: str
    grid: Sequence[Options]
    python: str
    library: str
    modes: tuple[str, ...] = MODES

    @property
    def identity(self) -> str:
        """Name the library's version, and hash how it is called."""
        return f"{self.library} {source_digest('benchmarks/peers.py')}"

    def scorers(self, dataset: Dataset, options: Sequence[Options]) -> Iterator[AnyScorer]:
        """Learn there.

        Raises
        ------
        LeftOutError
            If it fails.
        """
        if not options:
            return
        with tempfile.TemporaryDirectory() as folder:
            counts = Path(folder, "counts.npz")
            sparse.save_npz(counts, dataset.counts)
            run_peers(self.python, self.name, str(counts), folder, json.dumps(list(options)))
            for i, _ in enumerate(options):
                yield cast("AnyScorer", Scores(np.load(Path(folder, f"{i}.npy"), mmap_mode="r")))


Contender = Own | Peer


def run_peers(python: str, *arguments: str) -> str:
    """Run `benchmarks.peers` with an interpreter, one thread, and return what it prints.

    Raises
    ------
    LeftOutError
        If it fails.
    """
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [python, str(_ROOT / "benchmarks" / "peers.py"), *arguments]
    try:
        done = subprocess.run(
            command, env=os.environ | threads, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise LeftOutError(f"{python}: {error.strerror}") from None
    if done.returncode:
        raise LeftOutError(done.stderr.strip().rpartition("\n")[2] or f"exit {done.returncode}")
    return done.stdout


@dataclass(frozen=True, eq=False)
class Found:
    """What one contender finds in one mode.

    Attributes
    ----------
    options : dict
        The best on validation.
    validation : float
        The mean recall at 30 there; NaN where there was nothing to choose.
    values : ndarray
        float64 (n_customers, n_measures), on test.
    """

    options: Options
    validation: float
    values: Values


class Contest:
    """One prepared set, on which contenders are measured.

    Parameters
    ----------
    prepared
        With all three parts.
    modes
        In which they are measured.
    kept
        The folder where measured values are kept, by what they depend on.
    """

    def __init__(self, prepared: Prepared, modes: Sequence[str], kept: Path) -> None:
        self.prepared = prepared
        self.modes = tuple(modes)
        self._kept = kept
        self._known = {
            part: (
                prepared.dataset(*parts),
                fit(prepared, PopularityEstimator(), parts=parts, progress=False),
            )
            for part, parts in KNOWN.items()
        }

    def measure(self, contender: Contender) -> dict[str, Found]:
        """Choose a contender's options for each mode, and measure it with them."""
        modes = [mode for mode in self.modes if mode in contender.modes]
        best = dict.fromkeys(modes, (contender.grid[0], np.nan))
        if len(contender.grid) > 1:
            tried = self._values(contender, contender.grid, modes, "validation")
            for mode in modes:
                recalls = [values[mode][:, 0].mean() for values in tried]
                first = int(np.argmax(recalls))
                best[mode] = (contender.grid[first], recalls[first])
        chosen = [options for options, _ in best.values()]
        measured = self._values(contender, _distinct(chosen), modes, "test")
        of_options = dict(zip(map(json.dumps, _distinct(chosen)), measured, strict=True))
        return {
            mode: Found(options, float(recall), of_options[json.dumps(options)][mode])
            for mode, (options, recall) in best.items()
        }

    def measure_model(self, model: Model) -> dict[str, Values]:
        """Measure a model that has learned from all but test, in those of the modes it has."""
        return {
            mode: values_of(model, self.prepared.matrix("test"), mode)
            for mode in self.modes
            if mode in model.modes
        }

    def _values(
        self, contender: Contender, options: Sequence[Options], modes: Sequence[str], part: str
    ) -> list[dict[str, Values]]:
        """Measure a contender on a part with each of some options; what is kept is read."""
        paths = [self._path(contender, each, part) for each in options]
        missing = [i for i, path in enumerate(paths) if not _read(path).keys() >= set(modes)]
        dataset, base = self._known[part]
        held_out = self.prepared.matrix(part)
        scorers = contender.scorers(dataset, [options[i] for i in missing])
        for i, scorer in zip(missing, scorers, strict=True):
            values = {mode: values_of(_asked(base, scorer, mode), held_out, mode) for mode in modes}
            _write(paths[i], values)
        return [_read(path) for path in paths]

    def _path(self, contender: Contender, options: Options, part: str) -> Path:
        on: list[Any] = [self.prepared.digest, contender.name, contender.identity, options, part]
        on.append(source_digest(*_MEASURING))
        digest = hashlib.sha256(json.dumps([*on, MEASURES], sort_keys=True).encode()).hexdigest()
        return self._kept / f"{digest[:32]}.npz"


def values_of(model: Model, held_out: sparse.csr_matrix, mode: str) -> Values:
    """Return each measure for each customer of whom the mode could find something held out."""
    of = rankings(model, held_out, mode, max(k for _, k in MEASURES))
    hits = match(of.ranked, of.held_out)
    return np.hstack([ACCURACY[name](hits, [k]) for name, k in MEASURES])


def source_digest(*patterns: str) -> str:
    """Hash the project's files of some patterns."""
    paths = sorted({path for pattern in patterns for path in _ROOT.glob(pattern)})
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _asked(base: Model, scorer: AnyScorer, mode: str) -> Model:
    """Return the model that knows as much and ranks by a scorer alone."""
    scorers = {**base.scorers, "contender": scorer}
    weights = {mode: {"contender": 1.0}}
    return Model(base.customers, base.catalogue, base.history, scorers, weights)


def _distinct(options: Sequence[Options]) -> list[Options]:
    return list({json.dumps(each): each for each in options}.values())


def _read(path: Path) -> dict[str, Values]:
    if not path.exists():
        return {}
    with np.load(path) as kept:
        return dict(kept)


def _write(path: Path, values: dict[str, Values]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    np.savez_compressed(unfinished, allow_pickle=False, **values)
    unfinished.replace(path)
