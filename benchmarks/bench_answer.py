"""What one answer costs without HTTP: parsing, scores, ranking, encoding; similar products.

    OMP_NUM_THREADS=1 python -m benchmarks.bench_answer --model var/demo/model

The time of a step is that of the processor, the least mean over some repetitions, each of the same
customers, one at a time. Generated models of 10,000 and 100,000 products stand beside the one
given. Writes results/answer.csv and results/answer.md.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import orjson

from benchmarks import generated, results
from benchmarks.results import Row, Table
from recommender.modes import filters
from recommender.query import Query
from recommender.recommend import recommend
from recommender.rules import AppliedRules, Rules
from recommender.selection import choose
from recommender.similar import similar
from registry.pull import pull
from serving import replies, schemas
from serving.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.model import Model
    from recommender.query import Answer
    from serving.snapshot import Snapshot

K = 30
MODE = "discover"
REPETITIONS, CUSTOMERS = 15, 200
COLUMNS = ("model", "products", "step", "microseconds")


def microseconds(step: Callable[[int], object], n: int) -> float:
    """Return the least mean time of a step, which is told whose turn it is: 0 to n - 1."""
    means = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        for turn in range(n):
            step(turn)
        means.append((time.process_time() - start) / n)
    return min(means) * 1e6


def steps(snapshot: Snapshot) -> Iterator[tuple[str, Callable[[int], object]]]:
    """Yield the steps of an answer, and answers of further kinds; each works on its own copies."""
    model = snapshot.model
    customers = list(itertools.islice(model.customers, CUSTOMERS))
    rows = [np.array([row]) for row in range(len(customers))]
    scores = [model.score(row, MODE)[0] for row in rows]
    seen = [model.history.seen(row) for row in range(len(customers))]
    kept = [filters(MODE, [seen[turn]]).apply(each.copy()) for turn, each in enumerate(scores)]
    best = [choose(each.copy(), K, None)[0] for each in kept]

    def answer(rules: AppliedRules | None = None) -> Callable[[int], object]:
        queries = [Query(customer, K, MODE) for customer in customers]
        return lambda turn: recommend(model, [queries[turn]], rules)

    def items(turn: int) -> object:
        return model.catalogue.items(best[turn], kept[turn][best[turn]])

    def parsed(turn: int) -> object:
        parameters = schemas.parameters_of(f"k={K}&mode={MODE}".encode(), schemas.PARAMETERS)
        return schemas.query_of_url(customers[turn], parameters)

    answers = [recommend(model, [Query(customer, K, MODE)])[0] for customer in customers]

    def encoded(turn: int) -> object:
        return orjson.dumps(replies.answer_body(cast("Answer", answers[turn]), snapshot))

    weighted = [model.scorers[name] for name in model.modes[MODE]]
    yield "parsing", parsed
    yield "scorers alone", lambda turn: [scorer.scores(rows[turn]) for scorer in weighted]
    yield "scores: their weighted sum", lambda turn: model.score(rows[turn], MODE)
    yield "filters", lambda turn: filters(MODE, [seen[turn]]).apply(scores[turn])
    yield "ranking", lambda turn: choose(kept[turn], K, None)
    yield "items", items
    yield "encoding", encoded
    yield "whole answer, neither parsed nor encoded", answer()
    for name, rules in rules_of(model):
        yield f"whole answer, {name}", answer(rules)
    ids = _spread(model.catalogue.products.ids)
    yield "similar products", lambda turn: similar(model, ids[turn % len(ids)], K)


def rules_of(model: Model) -> Iterator[tuple[str, AppliedRules]]:
    """Yield rules of each kind by what they do."""
    some = _spread(model.catalogue.products.ids)
    every_other = model.catalogue.products.ids[::2]
    for name, rules in (
        ("some products excluded", Rules(exclude_products=some)),
        ("half available", Rules(available_products=every_other)),
        ("one of a category", Rules(max_per_category=1)),
    ):
        yield name, AppliedRules(rules, model.catalogue)


def measure(name: str, folder: Path) -> list[Row]:
    """Return a row a step."""
    snapshot = load(pull(str(folder)), "cpu")
    n = min(CUSTOMERS, len(snapshot.model.customers))
    n_products = f"{len(snapshot.model.catalogue):,}"
    return [(name, n_products, step, microseconds(call, n)) for step, call in steps(snapshot)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the model given and the generated ones."""
    given = _parser().parse_args(arguments)
    rows = measure("given", given.model)
    with tempfile.TemporaryDirectory() as work:
        for shape in given.generated:
            rows += measure(shape, generated.write(Path(work) / shape, shape))
    about = results.circumstances([f"{given.model}, and generated: {', '.join(given.generated)}"])
    table = Table(f"{K} products for one customer, {MODE}", COLUMNS, rows)
    sys.stdout.write(results.write(given.out, "answer", about, [table], table) + "\n")


def _spread(ids: Sequence[str]) -> tuple[str, ...]:
    """Return at most so many ids as there are customers, from all over the catalogue."""
    places: NDArray[np.int64] = np.linspace(0, len(ids) - 1, CUSTOMERS).astype(np.int64)
    return tuple(ids[place] for place in np.unique(places).tolist())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_answer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", type=Path, required=True, help="folder of a model")
    parser.add_argument(
        "--generated", nargs="*", choices=generated.SHAPES, default=[*generated.SHAPES]
    )
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    main()
