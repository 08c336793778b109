"""How good a model is on purchases that it has not seen.

The protocol is that of the project's first notebooks and is kept under the name ``original``:
recall = hits / all held-out products of a customer, the mean over all customers with any; what
the customer is known to have bought cannot be recommended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.metrics import Estimate, estimate, recall
from recommender.model import FALLBACK, Model
from training.errors import DataError
from training.progress import bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from recommender.manifest import Manifest
    from training.prepared import Prepared

PROTOCOL = "original"
CUT_OFFS = (30, 50)
_BATCH = 256


@dataclass(frozen=True)
class Evaluation:
    """Recall at each cut-off, popularity's beside it, and the paired difference of the two."""

    split: str
    n_customers: int
    recall: dict[int, Estimate]
    popularity: dict[int, Estimate]
    difference: dict[int, Estimate]

    def to_dict(self, model: str) -> dict[str, Any]:
        """Return the evaluation of the model of that name as plain values; fractions in 0..1."""
        return {
            "protocol": PROTOCOL,
            "split": self.split,
            "k": list(self.recall),
            "model": model,
            "n_customers": self.n_customers,
            "recall": _plain(self.recall),
            "baselines": {
                FALLBACK: {"recall": _plain(self.popularity), "difference": _plain(self.difference)}
            },
        }

    def to_text(self, model: str) -> str:
        """Return the evaluation as a table for people, in percent."""
        rows = [("", [f"recall@{k}" for k in self.recall])]
        named = {model: self.recall, FALLBACK: self.popularity, "difference": self.difference}
        for name, estimates in named.items():
            rows.append((name, [_percent(value) for value in estimates.values()]))
        width = max(len(name) for name, _ in rows)
        table = [
            f"{name:{width}}  " + "  ".join(f"{cell:>22}" for cell in cells) for name, cells in rows
        ]
        note = (
            f"{self.n_customers:,} customers, split {self.split!r}, protocol {PROTOCOL!r}; "
            "%, with 95% intervals over customers"
        )
        return "\n".join([*(line.rstrip() for line in table), note])


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
    """
    by_popularity = Model(
        model.customers, model.catalogue, model.history, model.scorers, {mode: {FALLBACK: 1.0}}
    )
    found = per_customer_recall(model, held_out, mode, cut_offs, progress=progress)
    popular = per_customer_recall(by_popularity, held_out, mode, cut_offs, progress=progress)
    return Evaluation(
        split,
        n_customers=len(found),
        recall=_estimates(found, cut_offs),
        popularity=_estimates(popular, cut_offs),
        difference=_estimates(found - popular, cut_offs),
    )


def per_customer_recall(
    model: Model,
    held_out: sparse.csr_matrix,
    mode: str,
    cut_offs: Sequence[int],
    *,
    progress: bool = False,
) -> NDArray[np.float64]:
    """Return the recall of each customer with held-out purchases that the mode may find.

    In ``discover`` those of products that the customer is known to have bought are none.

    Returns
    -------
    numpy.ndarray
        float64 (n_customers_with_any, n_cut_offs); in 0..1.

    Raises
    ------
    DataError
        If there is no such customer.
    """
    customers = np.flatnonzero(np.diff(held_out.indptr))
    recalls = []
    starts = range(0, customers.size, _BATCH)
    for start in bar(starts, "evaluate", "batch", shown=progress):
        batch = customers[start : start + _BATCH]
        ranked = model.rank(batch, mode, max(cut_offs))
        for customer, (products, _) in zip(batch, ranked, strict=True):
            bought = held_out.indices[held_out.indptr[customer] : held_out.indptr[customer + 1]]
            wanted = bought[model.eligible(customer, mode)[bought]]
            if wanted.size:
                recalls.append(recall(products, wanted, cut_offs))
    if not recalls:
        raise DataError(
            f"no held-out purchase is one that mode {mode!r} could find: nothing can be measured; "
            "hold out others"
        )
    return np.array(recalls)


def require_measurable(prepared: Prepared, split: str) -> None:
    """Raise unless a part of a prepared set holds purchases.

    Raises
    ------
    DataError
        If it is empty.
    """
    if not prepared.counts["pairs"][split]:
        raise DataError(
            f"split {split!r} holds no purchases, so nothing can be measured; set split.{split} "
            "above 0, or use fit, which measures nothing"
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


def _estimates(recalls: NDArray[np.float64], cut_offs: Sequence[int]) -> dict[int, Estimate]:
    return {k: estimate(recalls[:, column]) for column, k in enumerate(cut_offs)}


def _plain(estimates: dict[int, Estimate]) -> dict[str, dict[str, float]]:
    return {str(k): value.to_dict() for k, value in estimates.items()}


def _percent(value: Estimate) -> str:
    mean, low, high = (100 * fraction for fraction in (value.mean, value.low, value.high))
    return f"{mean:.1f} ({low:.1f} to {high:.1f})"
