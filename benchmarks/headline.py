"""The story in one command: Spotlight as it comes, tuned, and the model that is served.

``python -m benchmarks.headline`` (``make headline``) recommends product categories: it fits
Spotlight at its defaults, searches for better parameters on validation, fits it again with the best
on all but test, and fits the shipped configuration's model; each is measured on test once, with
popularity beside it. Writes ``benchmarks/results/headline*``. The search goes on where an earlier
one ended, so that the command, run again, takes little time.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.results import Row, Table
from training import config_file
from training.config import ModelConfig
from training.estimators import SpotlightEstimator
from training.evaluate import evaluate
from training.fit import estimator_of, fit
from training.prepare import prepare
from training.tuning.plan import Plan
from training.tuning.tune import tune

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.metrics import Estimate
    from training.estimators import AnyEstimator
    from training.evaluation import Evaluation
    from training.prepared import Prepared
    from training.tuning.tuned import Tuned

CONFIG = Path("training/configs/complete-journey-categories.toml")
_GREW_FROM = """\
note: the notebooks that this project grew from told of 74% before and 79% after tuning Spotlight, \
and of 77% at 30 and 84% at 50 for their production model, on another market's data"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, tune, fit, measure, write, print."""
    given = _parser().parse_args(arguments)
    config = config_file.load(given.config)
    prepared = prepare(config, given.work / "prepared" / config.name)
    plan = Plan(
        trials=given.trials,
        seconds=given.seconds,
        workers=given.workers,
        storage=str(given.work / "tune" / "headline.journal"),
    )
    began = time.monotonic()
    spotlight = replace(config, model=ModelConfig(estimator=SpotlightEstimator.name), tuned={})
    tuned = tune(prepared, spotlight, plan)
    seconds = time.monotonic() - began
    estimators = {
        "Spotlight, defaults": SpotlightEstimator(),
        "Spotlight, tuned": tuned.estimator,
        "production model": estimator_of(config.model),
    }
    found = {name: measured(prepared, each) for name, each in estimators.items()}
    about = [*results.circumstances([f"{config.name}, {prepared.digest}"]), *_notes(tuned, seconds)]
    table, raw = table_of(found), raw_table(found)
    sys.stdout.write(results.write(given.out, "headline", about, [table], raw) + "\n")


def measured(prepared: Prepared, estimator: AnyEstimator) -> Evaluation:
    """Fit on all but test and measure on test."""
    model = fit(prepared, estimator, modes=("discover",), progress=False)
    return evaluate(model, prepared.matrix("test"), split="test", progress=False)


def table_of(found: dict[str, Evaluation]) -> Table:
    """Show recall, popularity's beside each, and the lead over it; percent."""
    columns = ["recall on test, %"]
    rows: list[Row] = []
    for k in next(iter(found.values())).recall:
        columns += [f"at {k}", f"popularity at {k}", f"lead at {k}"]
    for name, each in found.items():
        cells = ((each.recall[k], each.popularity[k], each.difference[k]) for k in each.recall)
        rows.append((name, *(_text(value) for cell in cells for value in cell)))
    return Table("From Spotlight's defaults to the model that is served", columns, rows)


def raw_table(found: dict[str, Evaluation]) -> Table:
    """Show the same as fractions, a row a number."""
    rows: list[Row] = [
        (name, what, k, *(f"{number:.6f}" for number in value.to_dict().values()))
        for name, each in found.items()
        for what, at_each in _parts(each).items()
        for k, value in at_each.items()
    ]
    return Table("", ["model", "what", "k", "mean", "low", "high"], rows)


def _parts(of: Evaluation) -> dict[str, dict[int, Estimate]]:
    return {"recall": of.recall, "popularity": of.popularity, "lead": of.difference}


def _notes(tuned: Tuned, seconds: float) -> list[str]:
    of = tuned.config.tuned
    states = ", ".join(f"{n} {state}" for state, n in of["trials"].items() if n)
    chosen = ", ".join(
        f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}"
        for k, v in tuned.config.model.parameters.items()
    )
    return [
        f"tuning: {states}, in {seconds:.0f} s",
        f"tuned: {chosen}; recall@{of['k']} on validation {_percent(of['value'])}",
        f"popularity: recall@{of['k']} on validation {_percent(tuned.popularity)}",
        "numbers: means over customers with 95% bootstrap intervals; leads are paired differences",
        "protocol: random pairs are held out, and what is known cannot be recommended",
        _GREW_FROM,
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.headline", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="FILE")
    parser.add_argument("--trials", type=int, default=150, help="of the search; default 150")
    parser.add_argument("--seconds", type=int, default=540, help="of the search; default 540")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes; default 1, which finds the same again"
    )
    parser.add_argument("--work", type=Path, default=Path("var"), help="folder of what is kept")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


def _text(value: Estimate) -> str:
    low, high = _percent(value.low), _percent(value.high)
    return f"{_percent(value.mean)} ({low} to {high})"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


if __name__ == "__main__":
    main()
