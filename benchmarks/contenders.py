"""One library, timed in a process of its own: ``contenders.py NAME INPUT.npz OUTPUT.npz OPTIONS``.

Run by `benchmarks.bench_training`, with the interpreter that has the library: nothing but numpy and
scipy is imported for all of them. INPUT has users, items and shape; OPTIONS are the JSON of
`Options`. OUTPUT gets the seconds of every epoch (epochs, 2), by the clock on the wall and the
processor's, and the factors after each: users (epochs, n_users, dim), items (epochs, n_items, dim),
biases (epochs, n_items).
"""

from __future__ import annotations

import json
import os
import sys
import time
import types
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Clocks = NDArray[np.float64]
    Factors = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    # Takes nothing, trains for one epoch; and takes nothing, gives what is learned.
    Trained = tuple[Callable[[], object], Callable[[], Factors]]

UPSTREAM = "ESTANTE_UPSTREAM_SPOTLIGHT"


@dataclass(frozen=True)
class Options:
    """What a contender is given; those without a meaning for it are left alone."""

    epochs: int
    threads: int
    loss: str = "bpr"
    batch_size: int = 256
    learning_rate: float = 0.01
    l2: float = 0.0
    dim: int = 64


def spotlight(pairs: sparse.coo_matrix, options: Options) -> Trained:
    """Train this project's Spotlight, or upstream's: whichever comes first on the path."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(options.threads)
    torch.optim.Adam([torch.zeros(1)])  # torch imports seconds' worth of itself at the first one
    from spotlight.factorization.implicit import ImplicitFactorizationModel  # noqa: PLC0415
    from spotlight.interactions import Interactions  # noqa: PLC0415

    n_users, n_items = pairs.shape
    data = Interactions(pairs.row, pairs.col, num_users=n_users, num_items=n_items)
    model = ImplicitFactorizationModel(
        loss=options.loss,
        embedding_dim=options.dim,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        l2=options.l2,
        n_iter=1,
        random_state=np.random.RandomState(0),
    )

    def learned() -> Factors:
        net: Any = model._net
        tables = {name: table.numpy().copy() for name, table in net.state_dict().items()}
        biases = tables["item_biases.weight"][:, 0]
        return tables["user_embeddings.weight"], tables["item_embeddings.weight"], biases

    return (lambda: model.fit(data)), learned


def upstream(pairs: sparse.coo_matrix, options: Options) -> Trained:
    """Train Spotlight as its authors left it, from the folder that a variable names."""
    sys.path.insert(0, os.environ[UPSTREAM])
    # It takes one hash function from scikit-learn, for Bloom embeddings, which nothing here uses.
    for name in ("sklearn", "sklearn.utils"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__spec__ = ModuleSpec(name, None)
    sys.modules["sklearn.utils"].murmurhash3_32 = None  # type: ignore[attr-defined]
    return spotlight(pairs, options)


def ours(pairs: sparse.coo_matrix, options: Options) -> Trained:
    """Train this project's Spotlight."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    return spotlight(pairs, options)


def implicit_bpr(pairs: sparse.coo_matrix, options: Options) -> Iterator[tuple[Clocks, Factors]]:
    """Train the BPR of `implicit`, which runs its epochs itself and says when one is over."""
    from implicit.bpr import BayesianPersonalizedRanking  # noqa: PLC0415

    model = BayesianPersonalizedRanking(
        factors=options.dim,
        iterations=options.epochs + 1,  # the first, in which it gets ready, is not counted
        num_threads=options.threads,
        verify_negative_samples=False,
        random_state=0,
    )
    marks: list[Clocks] = []
    model.fit(pairs.tocsr(), show_progress=False, callback=lambda *_: marks.append(clocks()))
    biases = np.zeros(pairs.shape[1], np.float32)  # a column of the factors holds them
    learned = (model.user_factors, model.item_factors, biases)
    return ((end - start, learned) for start, end in pairwise(marks))


def lightfm_warp(pairs: sparse.coo_matrix, options: Options) -> Trained:
    """Train LightFM's WARP."""
    from lightfm import LightFM  # noqa: PLC0415

    model = LightFM(no_components=options.dim, loss="warp", random_state=0)

    def learned() -> Factors:
        biases, items = model.get_item_representations()
        return model.get_user_representations()[1].copy(), items.copy(), biases.copy()

    return (lambda: model.fit_partial(pairs, epochs=1, num_threads=options.threads)), learned


def ease(pairs: sparse.coo_matrix, options: Options) -> Trained:
    """Solve this project's EASE, of the pairs alone, as factors; its one epoch is the whole fit."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import torch  # noqa: PLC0415

    from training.dataset import Dataset  # noqa: PLC0415
    from training.estimators import EaseEstimator  # noqa: PLC0415

    torch.set_num_threads(options.threads)
    dataset = Dataset.of_counts(sparse.csr_matrix(pairs))
    solved: list[Any] = []

    def learned() -> Factors:
        factors = solved[-1]
        return factors.customer_factors, factors.product_factors, factors.product_biases

    return (lambda: solved.append(EaseEstimator(rank=options.dim).fit(dataset))), learned


def clocks() -> Clocks:
    """Read the clock on the wall and the processor's, which counts this process alone."""
    return np.array([time.perf_counter(), time.process_time()])


def timed(trained: Trained, epochs: int) -> Iterator[tuple[Clocks, Factors]]:
    """Train, and give the seconds and the factors of every epoch."""
    train, learned = trained
    for _ in range(epochs):
        start = clocks()
        train()
        yield clocks() - start, learned()


CONTENDERS: dict[str, Callable[[sparse.coo_matrix, Options], Any]] = {
    "ours": lambda pairs, options: timed(ours(pairs, options), options.epochs),
    "ease": lambda pairs, options: timed(ease(pairs, options), 1),
    "upstream": lambda pairs, options: timed(upstream(pairs, options), options.epochs),
    "implicit": implicit_bpr,
    "lightfm": lambda pairs, options: timed(lightfm_warp(pairs, options), options.epochs),
}


def main(name: str, source: str, target: str, options: str) -> None:
    """Train one contender and write what it took and learned."""
    given = np.load(source)
    ones = np.ones(len(given["users"]), np.float32)
    pairs = sparse.coo_matrix((ones, (given["users"], given["items"])), shape=given["shape"])
    epochs = list(CONTENDERS[name](pairs, Options(**json.loads(options))))
    users, items, biases = (
        np.stack(column) for column in zip(*(factors for _, factors in epochs), strict=True)
    )
    seconds = np.array([elapsed for elapsed, _ in epochs])
    np.savez(target, seconds=seconds, users=users, items=items, biases=biases)


if __name__ == "__main__":
    main(*sys.argv[1:])
