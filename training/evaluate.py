"""How good a model is on purchases that it has not seen.

The protocol is that of the project's first notebooks and is kept under the name ``original``:
recall = hits / all held-out products of a customer, the mean over all customers with any; what
the customer is known to have bought cannot be recommended in mode ``discover``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.metrics import (
    ACCURACY,
    coverage,
    estimates_by_name,
    exposure,
    gini,
    match,
    mean_over,
    novelty,
    popularity_shares,
    recall,
)
from recommender.model import FALLBACK
from training.errors import DataError
from training.evaluation import Evaluation
from training.rankings import rankings, require_mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from recommender.history import History
    from recommender.manifest import Manifest
    from recommender.model import Model
    from training.evaluation import Metrics
    from training.prepared import Prepared
    from training.rankings import Rankings

CUT_OFFS = (30, 50)


def evaluate(
    model: Model,
    held_out: sparse.csr_matrix,
    *,
    split: str,
    mode: str = "discover",
    cut_offs: Sequence[int] = CUT_OFFS,
    progress: bool = True,
) -> Evaluation:
    """Measure a model and popularity on the same held-out purchases.

    Parameters
    ----------
    held_out
        (n_customers, n_products); a stored value is a purchase to be found.
    split
        What to call these purchases, as ``test``.
    mode
        What may be recommended, and so which of these purchases count.
    cut_offs
        The values of ``k``. Of a catalogue of fewer products all are recommended.

    Raises
    ------
    ModeError
        If the model has no such mode.
    DataError
        If no held-out purchase is one that the mode could find.
    """
    asked = {"model": model, FALLBACK: by_popularity(model, mode)}
    found = {
        name: rankings(of, held_out, mode, max(cut_offs), progress=progress)
        for name, of in asked.items()
    }
    values = {
        (name, metric): of_each
        for name, of in found.items()
        for metric, of_each in accuracy(of, cut_offs).items()
    }
    values["difference", "recall"] = values["model", "recall"] - values[FALLBACK, "recall"]
    estimated = {
        key: dict(zip(cut_offs, at_each, strict=True))
        for key, at_each in estimates_by_name(values).items()
    }
    metrics: dict[str, Metrics] = {name: {} for name in found}
    for (name, metric), at_each in estimated.items():
        if metric != "recall":
            metrics[name][metric] = dict(at_each)
    for name, of in found.items():
        metrics[name] |= shown(of, model.history, cut_offs)
    return Evaluation(
        split,
        mode,
        n_customers=found["model"].customers.size,
        recall=estimated["model", "recall"],
        popularity=estimated[FALLBACK, "recall"],
        difference=estimated["difference", "recall"],
        metrics=metrics,
    )


def by_popularity(model: Model, mode: str) -> Model:
    """Return the model that knows as much and ranks by popularity alone.

    Raises
    ------
    ModeError
        If the model has no such mode.
    """
    require_mode(model, mode)
    return model.by_popularity(mode)


def per_customer_recall(
    model: Model,
    held_out: sparse.csr_matrix,
    mode: str,
    cut_offs: Sequence[int],
    *,
    progress: bool = False,
) -> NDArray[np.float64]:
    """Return the recall of each customer with held-out purchases that the mode may find.

    Returns
    -------
    numpy.ndarray
        float64 (n_customers_with_any, n_cut_offs); in 0..1.

    Raises
    ------
    ModeError, DataError
        As :func:`training.rankings.rankings`.
    """
    of = rankings(model, held_out, mode, max(cut_offs), progress=progress)
    return recall(match(of.ranked, of.held_out), cut_offs)


def accuracy(of: Rankings, cut_offs: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Return each measure of accuracy by name: float64 (n_customers, n_cut_offs)."""
    hits = match(of.ranked, of.held_out)
    return {name: measure(hits, cut_offs) for name, measure in ACCURACY.items()}


def shown(of: Rankings, history: History, cut_offs: Sequence[int]) -> Metrics:
    """Return what the recommendations show of the catalogue, by name and cut-off."""
    shares = known_popularity(history)
    bought = mean_over(exposure(of.held_out, history.n_products), shares)
    metrics: Metrics = {}
    for k in cut_offs:
        exposed = exposure(of.ranked.head(k), history.n_products)
        recommended = mean_over(exposed, shares)
        at_k = {
            "coverage": coverage(exposed),
            "gini": gini(exposed),
            "novelty": novelty(exposed, shares),
            "popularity_recommended": recommended,
            "popularity_bias": recommended / bought,
        }
        for name, value in at_k.items():
            metrics.setdefault(name, {})[k] = value
    return metrics


def known_popularity(history: History) -> NDArray[np.float64]:
    """Return the share of the customers with any purchase who bought each product."""
    counts = np.bincount(history.indices, minlength=history.n_products)
    return popularity_shares(counts, int(np.count_nonzero(np.diff(history.indptr))))


def require_measurable(prepared: Prepared, split: str) -> None:
    """Raise unless a part of a prepared set holds purchases.

    Raises
    ------
    DataError
        If it is empty.
    """
    if not prepared.counts["pairs"][split]:
        raise DataError(
            f"split {split!r} holds no purchases, so nothing can be measured; set a larger "
            f"split.{split}, or name a model's parameters and use fit, which measures nothing"
        )


def require_unseen(manifest: Manifest, prepared: Prepared, split: str) -> None:
    """Raise unless a model may be measured on a part of a prepared set.

    Raises
    ------
    DataError
        If the model was made from other data, or has learned from that part.
    """
    data = manifest.lineage.get("data", {})
    if data.get("digest") != prepared.digest:
        raise DataError(
            f"the model was made from data {data.get('digest')}, and {prepared.folder} holds "
            f"{prepared.digest}; give the configuration that it was made with"
        )
    if split in data.get("parts", ()):
        raise DataError(
            f"the model has learned from split {split!r}, which would flatter it; measure on "
            "another, or fit without it"
        )
