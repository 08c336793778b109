"""Cold start: products that nobody has bought yet, and customers of whom only a basket is known.

    OMP_NUM_THREADS=1 python -m benchmarks.bench_newcomers

New products: a tenth of them loses all purchases. New customers: a tenth of them is not known, and
the model is given some of their products. Writes results/newcomers.csv and results/newcomers.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from benchmarks import newcomers, results
from benchmarks.results import Row, Table
from recommender.metrics import estimate
from recommender.modes import blend, blend_baskets
from training import config_file
from training.estimators import HeldOut, PopularityEstimator
from training.estimators.siblings import mean_of_siblings
from training.fit import estimator_of
from training.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.newcomers import NewCustomers
    from recommender.metrics import Estimate
    from recommender.scorers import AnyScorer
    from training.dataset import Dataset
    from training.estimators import BlendEstimator, EaseEstimator
    from training.prepared import Prepared

    Measured = dict[str, list[NDArray[np.float64]]]  # by row: each column's recall by customer

LEVELS = ("types", "products")
_FIT: dict[str, Any] = {"seed": 0, "device": "cpu", "progress": False}
_ASKED = ("new among new", "new among all", "others among all")
_TOLD = (*(f"{size} in hand" for size in newcomers.SIZES), "all in hand", "known to the model")


def of_products(dataset: Dataset, ease: EaseEstimator, seed: int) -> Measured:
    """Ask for new products."""
    hidden = newcomers.new_products(dataset, seed)
    known, is_new = hidden.known, hidden.is_new
    scores = ease.fit(known).scores(hidden.judged)
    popular, among_others = _popularity(known), _popularity(hidden.among_others)
    of_siblings = np.where(is_new, mean_of_siblings(known, ease.side) @ popular, popular)
    contenders = {
        "EASE with siblings": scores,
        "popularity, of siblings": _alike(of_siblings, scores),
        "random order": np.random.default_rng(seed).random(scores.shape, dtype=np.float32),
        "EASE, new products last": np.where(is_new, np.finfo(np.float32).min, scores),
        "bound: EASE that knows their other customers": newcomers.scores_by_others(hidden, ease),
        "bound: popularity among their other customers": _alike(among_others, scores),
    }
    among_new = np.broadcast_to(is_new, scores.shape)
    among_all = known.counts[hidden.judged].toarray() == 0
    asked = [(hidden.new, among_new), (hidden.new, among_all), (hidden.old, among_all)]
    return {
        name: [newcomers.recalls(each, *of) for of in asked] for name, each in contenders.items()
    }


def of_customers(prepared: Prepared, shipped: BlendEstimator, seed: int) -> Measured:
    """Ask for what new customers buy, by what is told of them."""
    dataset = prepared.dataset("train", "validation")
    new = newcomers.new_customers(dataset, seed)
    later = prepared.matrix("validation").tolil()
    later[new.customers] = 0
    train = newcomers.without(prepared.dataset("train"), new, entirely=True)
    fitted: list[dict[str, AnyScorer]] = []
    for entirely in (True, False):
        known = newcomers.without(dataset, new, entirely=entirely)
        blended = shipped.fit(known, HeldOut(train, later.tocsr()), modes=("discover",), **_FIT)
        fitted.append({**blended.scorers, "softmax": shipped.softmax.fit(known, **_FIT)})
    popular = _alike(_popularity(newcomers.without(dataset, new, entirely=True)), new.known)
    sums = {"EASE": {"ease": 1.0}, "softmax": {"softmax": 1.0}}
    sums["shipped configuration"] = blended.modes["discover"]
    told = {name: _told(new, fitted, weights) for name, weights in sums.items()}
    return {"popularity": [newcomers.recalls(popular, new.wanted, ~new.known)] * len(_TOLD), **told}


def _told(
    new: NewCustomers, fitted: Sequence[dict[str, AnyScorer]], weights: dict[str, float]
) -> list[NDArray[np.float64]]:
    """Measure a sum of scorers that have not seen the customers, and of those that have."""
    unseen, seen = fitted
    answers = [blend_baskets(weights, unseen, baskets, alone=True) for baskets in new.baskets]
    answers.append(blend(weights, seen, new.customers))
    return [newcomers.recalls(each, new.wanted, ~new.known) for each in answers if each is not None]


def tables_of(title: str, columns: Sequence[str], measured: dict[str, Measured]) -> list[Table]:
    """Show recalls by level, and how far each level's first row is from the others; percent."""
    recall: list[Row] = []
    lead: list[Row] = []
    for level, answers in measured.items():
        first = next(iter(answers.values()))
        for name, values in answers.items():
            recall.append((level, name, *(_text(estimate(each)) for each in values)))
            ahead = [estimate(each - own) for each, own in zip(values, first, strict=True)]
            lead.append((level, name, *(_text(each, "+") for each in ahead)))
    name = next(iter(next(iter(measured.values()))))
    shown = ["", "", *columns]
    return [
        Table(f"{title}: recall@{newcomers.K}", shown, recall),
        Table(f"{title}: ahead of {name}", shown, [row for row in lead if row[1] != name]),
    ]


def raw_rows(what: str, columns: Sequence[str], measured: dict[str, Measured]) -> list[Row]:
    """Show everything that is known; fractions."""
    return [
        (
            what,
            level,
            name,
            column,
            len(each),
            *(f"{n:.6f}" for n in estimate(each).to_dict().values()),
        )
        for level, answers in measured.items()
        for name, values in answers.items()
        for column, each in zip(columns, values, strict=True)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask both questions at every level."""
    given = _parser().parse_args(arguments)
    products: dict[str, Measured] = {}
    customers: dict[str, Measured] = {}
    data = []
    for level in given.levels:
        config = config_file.load(given.configs / f"complete-journey-{level}.toml", [])
        prepared = prepare(config, given.work / "prepared" / config.name)
        data.append(f"{level}, {prepared.digest}; train and validation, seed {given.seed}")
        shipped = cast("BlendEstimator", estimator_of(config.model))
        dataset = prepared.dataset("train", "validation")
        products[level] = of_products(dataset, shipped.ease, given.seed)
        customers[level] = of_customers(prepared, shipped, given.seed)
    asked = [("New products", _ASKED, products), ("New customers", _TOLD, customers)]
    tables = [table for each in asked for table in tables_of(*each)]
    columns = ["question", "level", "contender", "asked", "n_customers", "mean", "low", "high"]
    raw = Table("", columns, [row for each in asked for row in raw_rows(*each)])
    about = [*results.circumstances(data), *_NOTES]
    sys.stdout.write(results.write(given.out, "newcomers", about, tables, raw) + "\n")


_NOTES = """\
numbers: %, means over customers with 95% bootstrap intervals; the differences are paired
new products: a tenth of the catalogue has lost all purchases; a third of the customers are asked \
which of it they bought (new among new, new among all), and which of a tenth of what they bought \
besides (others among all); nothing that is known of a customer is recommended
bounds: learned from the other customers with their purchases of new products
new customers: a tenth of all; 80% of each one's products are there to be told, the rest is to be \
found; of the 80% nothing is recommended, whatever is told; who is known to the model is so by the \
80%, and how often each was bought
purchases are counted by the level's own products: finer ones would tell what is hidden
""".splitlines()


def _popularity(dataset: Dataset) -> NDArray[np.float32]:
    return PopularityEstimator().fit(dataset).popularity


def _alike(scores: NDArray[np.float32], like: NDArray[Any]) -> NDArray[np.float32]:
    return np.broadcast_to(scores, like.shape)


def _text(value: Estimate, sign: str = "") -> str:
    mean, low, high = (100 * each for each in (value.mean, value.low, value.high))
    return f"{mean:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_newcomers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--levels", nargs="+", default=list(LEVELS), metavar="LEVEL")
    parser.add_argument("--seed", type=int, default=1, help="of what is new")
    parser.add_argument("--configs", type=Path, default=Path("training/configs"))
    parser.add_argument("--work", type=Path, default=Path("var"), help="folder of what is kept")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    main()
