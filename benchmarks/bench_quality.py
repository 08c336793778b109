"""How good the shipped models are, beside other libraries on the same purchases.

``python -m benchmarks.bench_quality`` prints a table for each protocol and writes them, with the
numbers behind them, to ``benchmarks/results/quality*``. Every contender learns from the same
matrix, its options are chosen by recall at 30 on validation, it learns again from train and
validation, and is measured on test once, with this project's metrics. What was measured is kept
under ``var/quality/`` until the data, the options or the code behind it change.

ESTANTE_PEERS_PYTHON names a Python interpreter that has implicit, lightfm-next and lenskit; what is
not there is left out, and a line says so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import baselines, peers_grids, results
from benchmarks.contest import MEASURES, Contest, Found, LeftOutError, Own, Peer, run_peers
from benchmarks.peers import PEERS
from benchmarks.results import Row, Table
from recommender.metrics import Estimate, estimates
from training import config_file
from training.estimators import EaseEstimator, SpotlightEstimator
from training.fit import estimator_of, fit
from training.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.contest import Contender
    from training.config import Config
    from training.prepared import Prepared

PROTOCOLS = {"R": ("random", "discover"), "T-new": ("time", "discover"), "T-all": ("time", "mixed")}
"""By name: the kind of split, and the mode."""
LEVELS = ("categories", "types", "products")
SHIPPED = "shipped configuration"
PYTHON = "ESTANTE_PEERS_PYTHON"
_TITLES = {
    "R": "R: distinct pairs held out at random; what is known cannot be recommended",
    "T-new": "T-new: the last tenth of the year; what is known cannot be recommended",
    "T-all": "T-all: the last tenth of the year; everything can be recommended and counts",
}
_DAYS = (7, 14, 30, 60, 120)
_L2 = (30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0)
_TIFU = [
    {"group_decay": decay, "k": k, "own": own}
    for decay in (0.7, 0.8, 0.9)
    for k in (50, 100, 300)
    for own in (0.3, 0.5, 0.7)
]
_QUICKLY = 2  # points of a grid


@dataclass(frozen=True)
class Line:
    """One contender's row: what it was given, and what it reached."""

    level: str
    protocol: str
    name: str
    found: Found
    measured: list[Estimate]
    lead: list[Estimate]  # of the shipped configuration


def own_contenders(*, quick: bool) -> list[Own]:
    """Return popularity and what else this project can measure itself by; popularity is first."""
    estimators = "training/estimators"
    contenders = [
        Own("popularity", [{}], baselines.popularity),
        Own("recent popularity", [{"days": days} for days in _DAYS], baselines.popularity),
        Own("own frequency", [{}], baselines.own_frequency, modes=("mixed",)),
        Own("TIFU-KNN", _TIFU, baselines.tifu_knn, modes=("mixed",)),
        Own(
            "Spotlight, defaults",
            [{}],
            lambda dataset: SpotlightEstimator().fit(dataset, seed=0, device="cpu", progress=False),
            code=("spotlight/**/*.py", f"{estimators}/spotlight.py"),
        ),
        Own(
            "plain EASE",
            [{"l2": l2} for l2 in _L2],
            lambda dataset, l2: EaseEstimator(l2=l2, rank=0).fit(dataset),
            code=(f"{estimators}/ease.py", f"{estimators}/item_weights.py"),
        ),
    ]
    n = _QUICKLY if quick else None
    return [replace(each, grid=each.grid[:n]) for each in contenders]


def peer_contenders(*, quick: bool) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers that are installed, and the versions of their libraries."""
    python = os.environ.get(PYTHON, sys.executable)
    try:
        versions = json.loads(run_peers(python, "versions"))
    except LeftOutError as error:
        _tell(f"left out: all peers: {error}")
        return [], {}
    peers = []
    for name, (library, _) in PEERS.items():
        if library not in versions:
            _tell(f"left out: {name}: {library} is not installed for {PYTHON}={python}")
            continue
        grid = peers_grids.options_of(name, quick=quick)
        peers.append(Peer(name, grid, python, f"{library} {versions[library]}"))
    return peers, versions


def shipped(config: Config, prepared: Prepared, contest: Contest) -> dict[str, Found]:
    """Fit and measure the configuration's own model, as ``python -m training run`` does."""
    model = fit(prepared, estimator_of(config.model), modes=contest.modes, progress=False)
    return {
        mode: Found({"estimator": config.model.estimator}, float("nan"), values)
        for mode, values in contest.measure_model(model).items()
    }


def measured(
    contest: Contest, contenders: Sequence[Contender], own: Callable[[], dict[str, Found]]
) -> Iterator[tuple[str, dict[str, Found]]]:
    """Yield each contender's name and what it finds by mode, the shipped configuration last."""
    for contender in contenders:
        if not set(contest.modes) & set(contender.modes):
            continue
        try:
            yield contender.name, contest.measure(contender)
        except LeftOutError as error:
            _tell(f"left out: {contender.name}: {error}")
    yield SHIPPED, own()


def lines_of(level: str, protocol: str, found: dict[str, Found]) -> list[Line]:
    """Estimate means, and how far the shipped configuration is ahead, from paired differences."""
    ours = found.get(SHIPPED)
    lines = []
    for name, each in found.items():
        means = estimates(each.values)
        lead = [] if ours is None else estimates(ours.values - each.values)
        lines.append(Line(level, protocol, name, each, means, lead))
    return lines


def table_of(protocol: str, lines: Sequence[Line]) -> Table:
    """Show one protocol's lines; percent."""
    columns = ["", "", *(f"{name}@{k}" for name, k in MEASURES), f"lead of {SHIPPED}, recall@30"]
    rows: list[Row] = []
    for line in lines:
        is_other = line.name != SHIPPED and line.lead
        lead = _text(line.lead[0], sign="+") if is_other else ""
        rows.append((line.level, line.name, *map(_text, line.measured), lead))
    return Table(_TITLES[protocol], columns, rows)


def raw_table(lines: Sequence[Line]) -> Table:
    """Show everything that is known of every line; fractions."""
    columns = ["protocol", "level", "contender", "measure", "k", "n_customers"]
    columns += ["mean", "low", "high", "lead", "lead_low", "lead_high", "validation", "options"]
    rows: list[Row] = []
    for line in lines:
        leads = line.lead or [Estimate(*3 * [float("nan")])] * len(MEASURES)
        for (measure, k), mean, lead in zip(MEASURES, line.measured, leads, strict=True):
            what = (line.protocol, line.level, line.name, measure, k, len(line.found.values))
            numbers = (*mean.to_dict().values(), *lead.to_dict().values(), line.found.validation)
            rounded = (f"{number:.6f}" for number in numbers)
            rows.append((*what, *rounded, json.dumps(line.found.options)))
    return Table("", columns, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every contender in every cell."""
    given = _parser().parse_args(arguments)
    peers, versions = peer_contenders(quick=given.quick)
    contenders: list[Contender] = [*own_contenders(quick=given.quick), *peers]
    lines: list[Line] = []
    data = []
    for level in given.levels:
        for kind in dict.fromkeys(PROTOCOLS[protocol][0] for protocol in given.protocols):
            asked = {p: mode for p, (of, mode) in PROTOCOLS.items() if of == kind}
            asked = {p: mode for p, mode in asked.items() if p in given.protocols}
            prepared, found = _of_cell(given, level, kind, list(asked.values()), contenders)
            data.append(f"{level}, split {kind}, {prepared.digest}")
            for protocol, mode in asked.items():
                of_mode = {name: modes[mode] for name, modes in found.items() if mode in modes}
                lines += lines_of(level, protocol, of_mode)
    tables = [table_of(p, [line for line in lines if line.protocol == p]) for p in given.protocols]
    tried = [peers_grids.described(each.name, quick=given.quick) for each in peers]
    about = [*results.circumstances(data), *_notes(versions), *tried]
    text = results.write(given.out, "quality", about, tables, raw_table(lines))
    sys.stdout.write(text + "\n")


def _of_cell(
    given: argparse.Namespace, level: str, kind: str, modes: list[str], contenders: Sequence[Any]
) -> tuple[Prepared, dict[str, dict[str, Found]]]:
    """Measure all contenders on one split of one level."""
    suffix = "" if kind == "random" else f"-{kind}"
    config = config_file.load(given.configs / f"complete-journey-{level}{suffix}.toml")
    prepared = prepare(config, given.work / "prepared" / config.name)
    contest = Contest(prepared, modes, given.work / "quality")
    found = {}
    for name, by_mode in measured(contest, contenders, lambda: shipped(config, prepared, contest)):
        recalls = {mode: f"{100 * each.values[:, 0].mean():.2f}" for mode, each in by_mode.items()}
        _tell(f"{level}, {kind}: {name}: recall@30 {recalls}")
        found[name] = by_mode
    return prepared, found


def _notes(versions: dict[str, str]) -> list[str]:
    installed = ", ".join(f"{name} {each}" for name, each in versions.items())
    return [
        f"peers: {installed or 'none'}",
        "numbers: %, means over customers on test, with 95% bootstrap intervals; leads are paired",
        "options: the best recall@30 on validation; with them fitted again on train and validation",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_quality", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--levels", nargs="+", default=list(LEVELS), metavar="LEVEL")
    parser.add_argument("--protocols", nargs="+", default=list(PROTOCOLS), choices=PROTOCOLS)
    parser.add_argument("--quick", action="store_true", help="try little of each grid")
    parser.add_argument(
        "--configs", type=Path, default=Path("training/configs"), help="folder of the TOML files"
    )
    parser.add_argument("--work", type=Path, default=Path("var"), help="folder of what is kept")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


def _text(value: Estimate, *, sign: str = "") -> str:
    mean, low, high = (100 * each for each in (value.mean, value.low, value.high))
    return f"{mean:{sign}.2f} ({low:{sign}.2f} to {high:{sign}.2f})"


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
