"""How long it takes to rank for many customers and to measure it, beside ir_measures.

    OMP_NUM_THREADS=1 python -m benchmarks.bench_metrics

Generated data: each customer knows 50 products at random and has 6 held out; a model of 64 factors
ranks 50. The steps are those of ``python -m training evaluate``; ``one at a time`` is the ranking
that serving does for a single customer, on fewer customers, as is ir_measures (its pytrec_eval).
Writes results/metrics.csv and results/metrics.md.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import ir_measures
import numpy as np
from scipy import sparse

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.metrics import estimates_by_name
from recommender.model import Model
from recommender.ranking import OUT, top_k
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary
from training.evaluate import accuracy, shown
from training.lineage import code
from training.rankings import rankings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from training.rankings import Rankings

T = TypeVar("T")
RESULTS = Path(__file__).with_name("results")
CUT_OFFS = (30, 50)
N_PEER = 2_000  # customers for what is done one at a time
Row = tuple[str, int, float]  # what, customers, seconds


def generated(n_customers: int, n_products: int) -> tuple[Model, sparse.csr_matrix]:
    """Return a model of random factors and random held-out purchases."""
    generator = np.random.default_rng(0)

    def normal(*shape: int) -> NDArray[np.float32]:
        return generator.standard_normal(shape, dtype=np.float32)

    def pairs(n_each: int) -> sparse.csr_matrix:
        rows = np.repeat(np.arange(n_customers), n_each)
        columns = generator.integers(n_products, size=rows.size)
        matrix = sparse.csr_matrix(
            (np.ones(rows.size), (rows, columns)), shape=(n_customers, n_products)
        )
        matrix.sum_duplicates()
        return matrix

    known, held_out = pairs(50), pairs(6)
    popularity = np.bincount(known.indices, minlength=n_products).astype(np.float32)
    blank = [""] * n_products
    return Model(
        Vocabulary(map(str, range(n_customers))),
        Catalogue(map(str, range(n_products)), blank, blank),
        History(known.indptr.astype(np.int64), known.indices.astype(np.int32), n_products),
        {
            "factors": Factors(normal(n_customers, 64), normal(n_products, 64), normal(n_products)),
            "popularity": Popularity(popularity),
        },
        {"discover": {"factors": 1.0}},
    ), held_out


def measured(n_customers: int, n_products: int) -> Iterator[Row]:
    """Yield what was done, for how many customers, and how long it took."""
    model, held_out = generated(n_customers, n_products)
    seconds, found = timed(lambda: rankings(model, held_out, "discover", max(CUT_OFFS)))
    yield "score and rank", n_customers, seconds
    seconds, values = timed(lambda: accuracy(found, CUT_OFFS))
    yield f"{len(values)} measures of accuracy at {len(CUT_OFFS)} cut-offs", n_customers, seconds
    seconds, _ = timed(lambda: shown(found, model.history, CUT_OFFS))
    yield "coverage, Gini, novelty, popularity", n_customers, seconds
    seconds, _ = timed(lambda: estimates_by_name(values))
    yield "bootstrap intervals of all of these, 1,000 resamples", n_customers, seconds

    some = np.arange(min(N_PEER, n_customers))
    scores, eligible = model.score(some, "discover"), model.eligible(some, "discover")
    seconds, _ = timed(lambda: [top_k(row, 50) for row in np.where(eligible, scores, OUT)])
    yield "rank one at a time, scores given", some.size, seconds
    seconds, _ = timed(lambda: by_ir_measures(found, some.size))
    yield "recall and NDCG at 50 by ir_measures", some.size, seconds


def by_ir_measures(found: Rankings, n_customers: int) -> None:
    """Measure the first customers' rankings with the peer."""
    qrels = [
        ir_measures.Qrel(str(row), str(product), 1)
        for row in range(n_customers)
        for product in found.held_out[row]
    ]
    run = [
        ir_measures.ScoredDoc(str(row), str(product), -float(place))
        for row in range(n_customers)
        for place, product in enumerate(found.ranked[row])
    ]
    measures = [ir_measures.parse_measure(name) for name in ("R@50", "nDCG@50")]
    list(ir_measures.pytrec_eval.iter_calc(measures, qrels, run))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return how many seconds some work took, and what it gave."""
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def written(rows: list[Row], n_products: int) -> str:
    """Write the results and return the table."""
    processor = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    )
    with (RESULTS / "metrics.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["what", "customers", "products", "seconds"])
        writer.writerows([what, n, n_products, f"{seconds:.4f}"] for what, n, seconds in rows)
    lines = [
        f"| {what} | {n:,} | {seconds:.2f} | {1e6 * seconds / n:.1f} |" for what, n, seconds in rows
    ]
    origin = (
        f"{n_products:,} products; `OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', '')} "
        "python -m benchmarks.bench_metrics`; generated data, seed 0; "
        f"{processor}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"numpy {np.__version__}, ir_measures {ir_measures.__version__}; commit {code()['commit']}."
    )
    heads = ["| | customers | seconds | microseconds a customer |", "|---|---|---|---|"]
    table = "\n".join([*heads, *lines, "", origin])
    (RESULTS / "metrics.md").write_text(table + "\n", encoding="utf-8")
    return table


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--products", type=int, default=10_000)
    given = parser.parse_args()
    rows = list(measured(given.customers, given.products))
    print(written(rows, given.products))


if __name__ == "__main__":
    main()
