"""For whom and for what the recommendations are good: parts of the customers and products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.metrics import (
    Estimate,
    estimates_by_name,
    exposure,
    match,
    ratio_estimates,
    recall,
    segments,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.catalogue import Catalogue
    from recommender.product_lists import ProductLists

_GROUPS = 5
_CATEGORIES = 15
_BANDS = 10
NO_CATEGORY = "(no category)"


@dataclass(frozen=True)
class Group:
    """Customers who are known to have bought ``low`` to ``high`` distinct products."""

    low: int
    high: int
    n_customers: int
    recall: dict[str, Estimate]

    @property
    def label(self) -> str:
        """``3 to 7``, or ``3``."""
        return f"{self.low:,}" if self.low == self.high else f"{self.low:,} to {self.high:,}"


@dataclass(frozen=True)
class Category:
    """Products of a category.

    ``recall`` is of all its held-out purchases together; ``bought`` is its share of all held-out
    purchases, ``exposure`` its share of all recommendations. ``is_rest``: all other categories.
    """

    name: str
    n_held_out: int
    bought: float
    recall: dict[str, Estimate]
    exposure: dict[str, float]
    is_rest: bool = False


@dataclass(frozen=True)
class Band:
    """Some products next to each other in popularity, ``low`` to ``high`` of the catalogue.

    Both are shares of the products, the most popular first. ``bought`` and ``exposure`` are as
    those of :class:`Category`.
    """

    low: float
    high: float
    bought: float
    exposure: dict[str, float]


def by_activity(
    ranked: Mapping[str, ProductLists], held_out: ProductLists, n_known: NDArray[np.int64]
) -> list[Group]:
    """Break recall down by how much customers are known to have bought.

    Five groups of customers as equal as ties allow; fewer where there are too many ties.

    Parameters
    ----------
    ranked
        Each contender's recommendations, cut at ``k``.
    n_known
        int64 (n_customers,); known distinct products.
    """
    group_of = segments.by_size(n_known, _GROUPS)
    recalls = {name: _recall(lists, held_out) for name, lists in ranked.items()}
    groups = []
    for group in np.unique(group_of):
        of = group_of == group
        values = {name: of_each[of] for name, of_each in recalls.items()}
        groups.append(
            Group(
                int(n_known[of].min()),
                int(n_known[of].max()),
                int(np.count_nonzero(of)),
                {name: one for name, (one,) in estimates_by_name(values).items()},
            )
        )
    return groups


def by_category(
    ranked: Mapping[str, ProductLists], held_out: ProductLists, catalogue: Catalogue
) -> list[Category]:
    """Break recall and exposure down by the products' category.

    The fifteen with the most held-out purchases, most first, then all others together.
    """
    n_categories = len(catalogue.categories)
    bought = exposure(held_out, len(catalogue))
    chosen, columns = segments.largest(catalogue.category_index, bought, n_categories, _CATEGORIES)
    names = [catalogue.categories[row] or NO_CATEGORY for row in chosen]
    if bought[columns == chosen.size].any():
        names.append(f"all {n_categories - chosen.size:,} others")
    wholes = segments.counts_by_column(held_out, columns, len(names))
    found = {name: segments.found(lists, held_out) for name, lists in ranked.items()}
    recalls = {
        name: ratio_estimates(segments.counts_by_column(lists, columns, len(names)), wholes)
        for name, lists in found.items()
    }
    shares = {name: _shares(lists, columns, len(names)) for name, lists in ranked.items()}
    return [
        Category(
            name,
            n_held_out=int(wholes[:, column].sum()),
            bought=float(wholes[:, column].sum() / wholes.sum()),
            recall={of: values[column] for of, values in recalls.items()},
            exposure={of: values[column] for of, values in shares.items()},
            is_rest=column == chosen.size,
        )
        for column, name in enumerate(names)
    ]


def by_popularity_band(
    ranked: Mapping[str, ProductLists], held_out: ProductLists, popularity: NDArray[np.float64]
) -> list[Band]:
    """Break exposure down by how popular products are: tenths of the catalogue, most bought first.

    Parameters
    ----------
    popularity
        float64 (n_products,); ties go to the lower product index.
    """
    n_products = popularity.size
    n_bands = min(_BANDS, n_products)
    place = np.empty(n_products, dtype=np.int64)
    place[np.argsort(-popularity, kind="stable")] = np.arange(n_products)
    columns = place * n_bands // n_products
    bought = _shares(held_out, columns, n_bands)
    shares = {name: _shares(lists, columns, n_bands) for name, lists in ranked.items()}
    ends = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=n_bands))]) / n_products
    return [
        Band(
            float(ends[band]),
            float(ends[band + 1]),
            bought[band],
            {name: values[band] for name, values in shares.items()},
        )
        for band in range(n_bands)
    ]


def _recall(ranked: ProductLists, held_out: ProductLists) -> NDArray[np.float64]:
    """Return the recall of each customer over whole lists: float64 (n_customers, 1)."""
    hits = match(ranked, held_out)
    return recall(hits, [hits.found.shape[1]])


def _shares(lists: ProductLists, columns: NDArray[np.int64], n_columns: int) -> list[float]:
    """Return the share of all entries that is of each column; of entries in any category."""
    counts = np.bincount(columns[lists.products], minlength=n_columns)[:n_columns]
    return [float(count) for count in counts / max(lists.products.size, 1)]
