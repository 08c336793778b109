"""One library's scores, in a process of its own: ``peers.py NAME COUNTS.npz FOLDER OPTIONS``.

Run by `benchmarks.contest`, with the interpreter that has the library: nothing but
numpy and scipy is imported for all of them. COUNTS.npz is a scipy matrix (n_customers, n_products):
in how many baskets of the customer the product was. OPTIONS is a JSON list of tables, each for one
fit; the scores of the i-th, float32 (n_customers, n_products), are written to FOLDER/i.npy.
``peers.py versions`` prints the version of each library that is installed, as JSON.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Fit = Callable[..., NDArray[np.float32]]

SEED = 0


def implicit_als(counts: sparse.csr_matrix, values: str, **options: Any) -> NDArray[np.float32]:
    """Alternating least squares of `implicit`."""
    from implicit.als import AlternatingLeastSquares  # noqa: PLC0415

    model = AlternatingLeastSquares(**options, num_threads=1, random_state=SEED)
    model.fit(_valued(counts, values), show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T)


def implicit_bpr(counts: sparse.csr_matrix, **options: Any) -> NDArray[np.float32]:
    """Bayesian personalized ranking of `implicit`."""
    from implicit.bpr import BayesianPersonalizedRanking  # noqa: PLC0415

    model = BayesianPersonalizedRanking(**options, num_threads=1, random_state=SEED)
    model.fit(_valued(counts, "ones"), show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T)  # one column holds the biases


def implicit_bm25(counts: sparse.csr_matrix, values: str, **options: Any) -> NDArray[np.float32]:
    """Item neighbours of `implicit`, by BM25."""
    from implicit.nearest_neighbours import BM25Recommender  # noqa: PLC0415

    rows = _valued(counts, values)
    model = BM25Recommender(**options, num_threads=1)
    model.fit(rows, show_progress=False)
    return np.asarray((rows @ model.similarity).toarray(), np.float32)


def lightfm_warp(counts: sparse.csr_matrix, epochs: int, **options: Any) -> NDArray[np.float32]:
    """WARP of LightFM."""
    from lightfm import LightFM  # noqa: PLC0415

    model = LightFM(**options, loss="warp", random_state=SEED)
    model.fit(_valued(counts, "ones").tocoo(), epochs=epochs, num_threads=1)
    biases, items = model.get_item_representations()
    return np.asarray(model.get_user_representations()[1] @ items.T + biases, np.float32)


def lenskit_ease(counts: sparse.csr_matrix, **options: Any) -> NDArray[np.float32]:
    """EASE of LensKit, which knows no counts."""
    from lenskit.knn import EASEScorer  # noqa: PLC0415

    data = _lenskit_data(counts)
    model = EASEScorer(**options)
    model.train(data)
    scores = np.zeros(counts.shape, np.float32)
    known = model.items.ids().astype(np.int64)
    scores[:, known] = _valued(counts, "ones")[:, known] @ model.weights
    return scores


def lenskit_item_knn(counts: sparse.csr_matrix, **options: Any) -> NDArray[np.float32]:
    """Item neighbours of LensKit, which know no counts."""
    from lenskit.data import ItemList, RecQuery  # noqa: PLC0415
    from lenskit.knn import ItemKNNScorer  # noqa: PLC0415

    data = _lenskit_data(counts)
    model = ItemKNNScorer(feedback="implicit", **options)
    model.train(data)
    every = ItemList(item_ids=model.items.ids(), vocabulary=model.items)
    known = model.items.ids().astype(np.int64)
    scores = np.zeros(counts.shape, np.float32)
    for customer in np.flatnonzero(np.diff(counts.indptr)):
        bought = counts.indices[counts.indptr[customer] : counts.indptr[customer + 1]]
        query = RecQuery(history_items=ItemList(item_ids=bought, vocabulary=model.items))
        scores[customer, known] = np.nan_to_num(model(query, every).scores())
    return scores


def _lenskit_data(counts: sparse.csr_matrix) -> Any:
    import pandas as pd  # noqa: PLC0415
    from lenskit.data import from_interactions_df  # noqa: PLC0415

    pairs = counts.tocoo()
    return from_interactions_df(pd.DataFrame({"user_id": pairs.row, "item_id": pairs.col}))


def _valued(counts: sparse.csr_matrix, values: str) -> sparse.csr_matrix:
    """Return the counts themselves, their logarithms, or ones in their places."""
    data = {"counts": counts.data, "log": np.log1p(counts.data), "ones": np.ones(counts.nnz)}
    return sparse.csr_matrix(
        (data[values].astype(np.float32), counts.indices, counts.indptr), counts.shape
    )


PEERS: dict[str, tuple[str, Fit]] = {
    "implicit ALS": ("implicit", implicit_als),
    "implicit BPR": ("implicit", implicit_bpr),
    "implicit BM25": ("implicit", implicit_bm25),
    "LightFM WARP": ("lightfm-next", lightfm_warp),
    "LensKit EASE": ("lenskit", lenskit_ease),
    "LensKit ItemKNN": ("lenskit", lenskit_item_knn),
}
"""By the name in the tables: the distribution, and what fits and scores."""


def versions() -> dict[str, str]:
    """Return the installed version of each peer's distribution; what is missing is left out."""
    found = {}
    for distribution, _ in PEERS.values():
        try:
            found[distribution] = version(distribution)
        except PackageNotFoundError:
            continue
    return found


def main(name: str, source: str, folder: str, options: str) -> None:
    """Fit one library once for each table of options."""
    counts = sparse.csr_matrix(sparse.load_npz(source))
    _, fit = PEERS[name]
    for i, each in enumerate(json.loads(options)):
        np.save(Path(folder, f"{i}.npy"), fit(counts, **each))


if __name__ == "__main__":
    if sys.argv[1:] == ["versions"]:
        sys.stdout.write(json.dumps(versions()))
    else:
        main(*sys.argv[1:])
