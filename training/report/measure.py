"""What the report tells, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.metrics import exposure, match, mean_over, recall
from recommender.model import FALLBACK
from training.evaluate import CUT_OFFS, accuracy, by_popularity, known_popularity, shown
from training.rankings import rankings
from training.report.breakdown import by_activity, by_category, by_popularity_band
from training.report.comparison import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

    from recommender.model import Model
    from training.evaluation import Metrics
    from training.report.breakdown import Band, Category, Group
    from training.report.comparison import Comparison

MODEL = "model"
CHAMPION = "champion"
DEPTH = 100  # the curve's last k


@dataclass(frozen=True)
class Measured:
    """Everything the report shows; fractions in 0..1.

    The contenders are the model, popularity, and the champion if there is one, in this order.

    Parameters
    ----------
    split, mode, n_customers, n_products
        What was measured, and on how many.
    cut_offs
        The values of ``k``, rising; breakdowns are at the first.
    curve
        Recall at k = 1, 2, ..., 100 or the size of the catalogue.
    accuracy
        Each measure of accuracy at the cut-offs.
    shown
        What each contender shows of the catalogue.
    popularity_bought
        Mean share of customers who are known to have bought what was held out.
    activity, categories, bands
        Broken down by customers' activity, products' category, products' popularity.
    """

    split: str
    mode: str
    n_customers: int
    n_products: int
    cut_offs: tuple[int, ...]
    curve: Comparison
    accuracy: dict[str, Comparison]
    shown: dict[str, Metrics]
    popularity_bought: float
    activity: list[Group]
    categories: list[Category]
    bands: list[Band]

    @property
    def contenders(self) -> list[str]:
        """The names of all that were measured, the model first."""
        return list(self.curve.of)

    @property
    def rivals(self) -> list[str]:
        """The names of all but the model."""
        return list(self.curve.leads)


def measure(
    model: Model,
    held_out: sparse.csr_matrix,
    *,
    champion: Model | None = None,
    split: str = "test",
    mode: str = "discover",
    cut_offs: Sequence[int] = CUT_OFFS,
    progress: bool = False,
) -> Measured:
    """Measure a model, popularity and a champion on the same held-out purchases.

    Parameters
    ----------
    held_out
        (n_customers, n_products); a stored value is a purchase to be found.
    champion
        A model of the same customers, products and history.

    Raises
    ------
    ModeError
        If a model has no such mode.
    DataError
        If no held-out purchase is one that the mode could find.
    """
    cut_offs = tuple(sorted(set(cut_offs)))
    asked = {MODEL: model, FALLBACK: by_popularity(model, mode)}
    if champion is not None:
        asked[CHAMPION] = champion
    depth = max(DEPTH, *cut_offs)
    found = {
        name: rankings(of, held_out, mode, depth, progress=progress) for name, of in asked.items()
    }
    ours, n_products = found[MODEL], len(model.catalogue)
    every_k = range(1, min(DEPTH, n_products) + 1)
    each = {name: accuracy(of, cut_offs) for name, of in found.items()}
    first = {name: of.ranked.head(cut_offs[0]) for name, of in found.items()}
    shares = known_popularity(model.history)
    return Measured(
        split=split,
        mode=mode,
        n_customers=ours.customers.size,
        n_products=n_products,
        cut_offs=cut_offs,
        curve=compare(
            {name: recall(match(of.ranked, of.held_out), every_k) for name, of in found.items()}
        ),
        accuracy={
            metric: compare({name: values[metric] for name, values in each.items()})
            for metric in each[MODEL]
        },
        shown={name: shown(of, model.history, cut_offs) for name, of in found.items()},
        popularity_bought=mean_over(exposure(ours.held_out, n_products), shares),
        activity=by_activity(first, ours.held_out, model.history.sizes(ours.customers)),
        categories=by_category(first, ours.held_out, model.catalogue),
        bands=by_popularity_band(first, ours.held_out, shares),
    )
