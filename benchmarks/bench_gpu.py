"""Training and ranking at a size that wants a GPU, on interactions generated on the device.

``python -m benchmarks.bench_gpu`` fits the BPR factorization for one epoch on 100 million
interactions of a million customers and 50,000 products, ranks the top 50 for all customers, prints
both beside what the device could do at best, and writes them to ``benchmarks/results/gpu*``.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from benchmarks import results
from benchmarks.results import Table
from recommender import ranking_cuda
from recommender.product_lists import ProductLists
from recommender.scorers import Factors, Popularity
from recommender.scorers_cuda import FactorsTwin, PopularityTwin
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.interactions import Interactions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

_FLOAT = 4  # bytes
_PROBE = 4096  # rows and columns of the matrices that tell what the device can do
# Adam reads weights, gradient and two moments and writes all but the gradient, which is itself
# set to zero and filled.
_PASSES_OF_TABLES = 9
# Three vectors of a pair are read, and a gradient of each is written.
_PASSES_OF_PAIRS = 6


def seconds(work: Callable[[], object]) -> float:
    """Time some work, with what it left to do on the device."""
    _wait()
    start = time.perf_counter()
    work()
    _wait()
    return time.perf_counter() - start


def interactions(given: argparse.Namespace) -> Interactions:
    """Generate pairs on the device: customers alike, products by a power law."""
    generator = torch.Generator(given.device).manual_seed(0)

    def uniform() -> torch.Tensor:
        return torch.rand(given.interactions, device=given.device, generator=generator)

    users = (uniform() * given.customers).to(torch.int32).clamp_(max=given.customers - 1)
    items = (uniform() ** 3 * given.products).to(torch.int32).clamp_(max=given.products - 1)
    shape = {"num_users": given.customers, "num_items": given.products}
    return Interactions(users.cpu().numpy(), items.cpu().numpy(), **shape)


def bandwidth(device: str) -> float:
    """Measure bytes a second of a long copy, read and written."""
    source = torch.ones(64, _PROBE, _PROBE // 16, device=device)
    target = torch.empty_like(source)
    target.copy_(source)
    return (
        2 * _FLOAT * source.numel() / min(seconds(lambda: target.copy_(source)) for _ in range(5))
    )


def peak(device: str) -> float:
    """Measure operations a second of a large product of float32 matrices."""
    matrix = torch.ones(_PROBE, _PROBE, device=device)
    matrix @ matrix
    return float(2 * _PROBE**3 / min(seconds(lambda: matrix @ matrix) for _ in range(3)))


def training(given: argparse.Namespace, data: Interactions) -> tuple[Table, Factors]:
    """Time an epoch, after one on a part of the data in which everything gets ready."""
    model = ImplicitFactorizationModel(
        loss="bpr",
        embedding_dim=given.dim,
        batch_size=given.batch_size,
        n_iter=1,
        use_cuda=given.device == "cuda",
        random_state=np.random.RandomState(0),
    )
    model.fit(data.take(slice(0, given.batch_size)))
    epoch = seconds(lambda: model.fit(data))
    n_steps = -(-len(data) // given.batch_size)
    tables = _PASSES_OF_TABLES * n_steps * (given.customers + given.products)
    moved = (tables + _PASSES_OF_PAIRS * len(data)) * (given.dim + 1) * _FLOAT
    share = moved / epoch / bandwidth(given.device)
    columns = ["batch", "steps", "epoch s", "pairs a second", "share of memory bandwidth"]
    row = (str(given.batch_size), str(n_steps), epoch, len(data) / epoch, share)
    return Table("an epoch of BPR", columns, [row]), _factors(model)


def ranking(given: argparse.Namespace, data: Interactions, factors: Factors) -> Table:
    """Time the top products of all customers, and the bare product and top-k beside them."""
    twin = FactorsTwin(factors, given.device)
    users, products = (
        torch.as_tensor(table, device=given.device)
        for table in (factors.customer_factors, factors.product_factors)
    )
    blocks = [
        np.arange(start, min(start + given.block, given.customers))
        for start in range(0, given.customers, given.block)
    ]
    counts = np.bincount(data.item_ids, minlength=given.products).astype(np.float32)
    popularity = PopularityTwin(Popularity(counts), given.device)
    bought = _bought(data)

    def ours() -> None:
        for block in blocks:
            ranking_cuda.rank([(twin, 1.0)], popularity, block, bought(block), "discover", given.k)

    def bare() -> None:
        for block in blocks:
            (users[block[0] : block[-1] + 1] @ products.T).topk(given.k)

    def product() -> None:
        for block in blocks:
            users[block[0] : block[-1] + 1] @ products.T

    times = [min(seconds(work) for _ in range(2)) for work in (ours, bare, product)]
    operations = 2 * given.customers * given.products * given.dim
    columns = ["k", "ours s", "bare s", "bare / ours", "product alone, share of GEMM peak"]
    row = (
        str(given.k),
        *times[:2],
        times[1] / times[0],
        operations / times[2] / peak(given.device),
    )
    return Table("top products of all customers, none that were bought", columns, [row])


def _bought(data: Interactions) -> Callable[[np.ndarray], ProductLists]:
    """Return what finds the products of a block of customers that follow each other."""
    matrix = data.tocsr()

    def of(block: np.ndarray) -> ProductLists:
        starts = matrix.indptr[block[0] : block[-1] + 2].astype(np.int64)
        products = matrix.indices[starts[0] : starts[-1]].astype(np.int64)
        return ProductLists(products, starts - starts[0])

    return of


def _factors(model: ImplicitFactorizationModel) -> Factors:
    net = cast("nn.Module", model._net)  # made by fit
    tables = {name: table.cpu().numpy() for name, table in net.state_dict().items()}
    return Factors(
        tables["user_embeddings.weight"],
        tables["item_embeddings.weight"],
        tables["item_biases.weight"][:, 0].copy(),
    )


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both and write what they took."""
    given = _parser().parse_args(arguments)
    data = interactions(given)
    trained, factors = training(given, data)
    tables = [trained, ranking(given, data, factors)]
    device = (
        torch.cuda.get_device_name() if given.device == "cuda" else "none: the CPU was measured"
    )
    sizes = f"{len(data):,} interactions, {given.customers:,} x {given.products:,}, {given.dim} dim"
    about = [*results.circumstances([f"generated, {sizes}"]), f"GPU: {device}"]
    raw = Table("", ["measure", "value"], [cell for table in tables for cell in _pairs(table)])
    sys.stdout.write(results.write(given.out, "gpu", about, tables, raw) + "\n")


def _pairs(table: Table) -> list[tuple[str, str | float]]:
    return list(zip(table.columns, table.rows[0], strict=True))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_gpu")
    sizes = {"interactions": 10**8, "customers": 10**6, "products": 50_000, "dim": 64}
    for name, default in (sizes | {"batch-size": 2**20, "block": 8192, "k": 50}).items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default}")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=device, help="cuda or cpu")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    main()
