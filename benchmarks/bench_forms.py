"""EASE in each form it can be kept in: all weights, the largest of each product, or factors.

    OMP_NUM_THREADS=1 python -m benchmarks.bench_forms

The weights are solved for once on train, with the shipped parameters, and written in every form;
recall is that on validation. Writes results/forms.csv and results/forms.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from benchmarks import newcomers, results
from benchmarks.results import Row, Table
from recommender.metrics import Estimate, estimate
from recommender.scorers import to_arrays
from training import config_file
from training.estimators import item_weights
from training.estimators.features import features_of
from training.estimators.siblings import mean_of_siblings
from training.fit import estimator_of
from training.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.scorers import AnyScorer
    from training.estimators import BlendEstimator, EaseEstimator
    from training.prepared import Prepared

LEVELS = ("types", "products")
TOP = (50, 200, 500, 1000)
RANKS = (64, 128, 256, 512, 1024)
_TIMED = 200  # customers, one at a time


@dataclass(frozen=True)
class Form:
    """What one form costs and finds; recall is that at 30 on validation."""

    family: str
    size: int
    recalls: NDArray[np.float64]  # by customer
    megabytes: float
    microseconds: float  # the median customer's scores
    seconds: float  # of writing the solved weights in this form


def forms_of(prepared: Prepared, ease: EaseEstimator) -> Iterator[Form]:
    """Yield each form, all weights first; a size that the data do not allow is left out."""
    dataset = prepared.dataset("train")
    features = features_of(dataset, ease.side, ease.power)
    l2 = ease.l2 * (1 + sum(ease.side.values()))
    weights = item_weights.solve(features.rows, dataset.n_products, l2, "cpu")
    like = mean_of_siblings(dataset, ease.side)
    wanted, allowed = prepared.matrix("validation"), dataset.counts.toarray() == 0
    for family, size in _asked(features.rows.shape[1], min(dataset.counts.shape)):
        rank, top_n = (size, 0) if family == "rank" else (0, size)
        start = time.process_time()
        scorer = replace(ease, rank=rank, top_n=top_n).written(features, weights, like)
        seconds = time.process_time() - start
        scores = scorer.scores(np.arange(dataset.n_customers))
        yield Form(
            family,
            size,
            newcomers.recalls(scores, wanted, allowed),
            sum(array.nbytes for array in to_arrays(scorer).values()) / 1e6,
            _microseconds(scorer, dataset.n_customers),
            seconds,
        )


def _asked(n_features: int, n_least: int) -> list[tuple[str, int]]:
    top = [("top", n) for n in TOP if n < n_features]
    return [("all", 0), *top, *(("rank", rank) for rank in RANKS if rank < n_least)]


def _microseconds(scorer: AnyScorer, n_customers: int) -> float:
    taken = []
    for customer in np.random.default_rng(0).integers(n_customers, size=_TIMED):
        start = time.process_time()
        scorer.scores(np.array([customer]))
        taken.append(time.process_time() - start)
    return 1e6 * float(np.median(taken))


def chosen(forms: Sequence[Form]) -> list[Form]:
    """Return of each family the smallest form that is not surely behind all weights.

    Behind is whose interval of the paired difference lies below 0; none of a family may be left.
    """
    whole, *others = forms
    good = [form for form in others if estimate(form.recalls - whole.recalls).high >= 0]
    first = {form.family: form for form in reversed(good)}
    return [whole, *(first[family] for family in ("top", "rank") if family in first)]


def row_of(level: str, form: Form, whole: Form) -> Row:
    """Show one form; percent, and the difference from all weights."""
    recall, behind = estimate(form.recalls), estimate(form.recalls - whole.recalls)
    name = "all weights" if form is whole else f"{form.family} {form.size}"
    cells = _text(recall), "" if form is whole else _text(behind, "+")
    return (level, name, *cells, form.megabytes, f"{form.microseconds:.0f}", form.seconds)


def raw_row(level: str, form: Form, whole: Form) -> Row:
    """Show everything that is known of one form; fractions."""
    numbers = [*estimate(form.recalls).to_dict().values()]
    numbers += estimate(form.recalls - whole.recalls).to_dict().values()
    numbers += form.megabytes, form.microseconds, form.seconds
    return (level, form.family, form.size, len(form.recalls), *(f"{n:.6f}" for n in numbers))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every form at every level."""
    given = _parser().parse_args(arguments)
    every, best, raw = list[Row](), list[Row](), list[Row]()
    data = []
    for level in given.levels:
        config = config_file.load(given.configs / f"complete-journey-{level}.toml", [])
        prepared = prepare(config, given.work / "prepared" / config.name)
        data.append(f"{level}, {prepared.digest}; from train, on validation")
        forms = list(forms_of(prepared, cast("BlendEstimator", estimator_of(config.model)).ease))
        every += [row_of(level, form, forms[0]) for form in forms]
        best += [row_of(level, form, forms[0]) for form in chosen(forms)]
        raw += [raw_row(level, form, forms[0]) for form in forms]
    columns = ["", "form", "recall@30", "beside all weights", "MB", "us a customer", "s to write"]
    rule = "Chosen on validation: the smallest of each kind that is not surely behind all weights"
    tables = [Table("Forms", columns, every), Table(rule, columns, best)]
    names = ["level", "form", "size", "n_customers", "mean", "low", "high"]
    names += ["difference", "difference_low", "difference_high", "megabytes", "us", "s"]
    about = [*results.circumstances(data), *_NOTES]
    text = results.write(given.out, "forms", about, tables, Table("", names, raw))
    sys.stdout.write(text + "\n")


_NOTES = """\
numbers: %, means over customers with 95% bootstrap intervals; the differences are paired
top N: the N weights of each product that move scores most; rank: of factors
MB: of all arrays of the scorer, 10^6 bytes; us: the median of 200 customers, one at a time
times: the process's own, of one thread
""".splitlines()


def _text(value: Estimate, sign: str = "") -> str:
    mean, low, high = (100 * each for each in (value.mean, value.low, value.high))
    return f"{mean:{sign}.2f} ({low:{sign}.2f} to {high:{sign}.2f})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_forms", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--levels", nargs="+", default=list(LEVELS), metavar="LEVEL")
    parser.add_argument("--configs", type=Path, default=Path("training/configs"))
    parser.add_argument("--work", type=Path, default=Path("var"), help="folder of what is kept")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    main()
