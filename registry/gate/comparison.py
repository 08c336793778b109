"""Challenger and champion measured on the same held-out purchases.

Each is asked as the service would ask it, by the customers' and products' own ids: the two may know
other customers and products. What a model does not know it cannot find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import QueryError
from recommender.metrics import (
    ACCURACY,
    Estimate,
    estimates_by_name,
    match,
    ratio_estimates,
    segments,
)
from recommender.product_lists import ProductLists
from recommender.query import Query
from recommender.recommend import recommend
from registry.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from recommender.model import Model
    from registry.gate.held_out import HeldOut
    from registry.progress import Moved

_BATCH = 256
_GROUPS = 5
_CATEGORIES = 15
_NO_CATEGORY = "(no category)"


@dataclass(frozen=True)
class Comparison:
    """What was found.

    Parameters
    ----------
    n_customers, n_purchases
        How many of the held-out ones count.
    leads
        Challenger minus champion, by metric and scope: an estimate for each part of the customers
        or products, by what to call it.
    """

    n_customers: int
    n_purchases: int
    leads: Mapping[tuple[str, str], Mapping[str, Estimate]]


def compare(
    challenger: Model, champion: Model, held_out: HeldOut, mode: str, k: int, moved: Moved
) -> Comparison:
    """Measure two models.

    What counts is the same for both. A product is bought before if either model knows of it:
    ``discover`` counts the purchases of others, ``rebuy`` those, ``mixed`` all.

    Parameters
    ----------
    moved
        Told of the customers asked about since it was told last; each is asked about twice.

    Raises
    ------
    GateError
        If no purchase counts, one of the models knows none of the products, or lacks the mode.
    """
    counted = _counted((challenger, champion), held_out, mode)
    wanted, row_of = _indexed(counted)
    for name, model in (("challenger", challenger), ("champion", champion)):
        _require_known(name, model, row_of)
    found = [
        _ranked(model, list(counted), row_of, mode, k, moved) for model in (challenger, champion)
    ]
    hits = [match(ranked, wanted) for ranked in found]
    differences = {
        metric: measure(hits[0], [k]) - measure(hits[1], [k])  # (n_customers, 1)
        for metric, measure in ACCURACY.items()
    }
    known = np.array([len(_seen(challenger, customer)) for customer in counted])
    groups = _groups(known)
    leads: dict[tuple[str, str], Mapping[str, Estimate]] = {}
    for scope, members in (("all", {"all customers": np.arange(known.size)}), ("activity", groups)):
        for metric, of_each in _estimated(differences, members).items():
            leads[metric, scope] = of_each
    names = _category_names((challenger, champion), row_of)
    leads["recall", "category"] = _by_category(found, wanted, names)
    return Comparison(known.size, wanted.products.size, leads)


def _counted(models: Sequence[Model], held_out: HeldOut, mode: str) -> dict[str, list[str]]:
    """Return the purchases that count, by customer; customers without any are left out."""
    counted = {}
    for customer, products in sorted(held_out.purchases.items()):
        seen = set().union(*(_seen(model, customer) for model in models))
        kept = [p for p in products if mode == "mixed" or (p in seen) == (mode == "rebuy")]
        if kept:
            counted[customer] = kept
    if not counted:
        raise GateError(
            f"none of the {held_out.n_purchases:,} held-out purchases is one that mode {mode!r} "
            "could find, by what the models know of their customers; hold out others"
        )
    return counted


def _seen(model: Model, customer: str) -> set[str]:
    row = model.customers.row(customer)
    products = model.catalogue.products
    return set() if row is None else {products[index] for index in model.history.seen(row)}


def _indexed(purchases: Mapping[str, list[str]]) -> tuple[ProductLists, dict[str, int]]:
    """Return the purchases by number, and the number of each product."""
    row_of: dict[str, int] = {}
    lists = [
        np.array([row_of.setdefault(product, len(row_of)) for product in products])
        for products in purchases.values()
    ]
    return ProductLists.of(lists), row_of


def _require_known(name: str, model: Model, products: Mapping[str, int]) -> None:
    if not any(product in model.catalogue.products for product in products):
        raise GateError(
            f"the {name} knows none of the {len(products):,} held-out products: it recommends "
            "others, perhaps of another level; hold out purchases of its products"
        )


def _ranked(
    model: Model, customers: list[str], row_of: dict[str, int], mode: str, k: int, moved: Moved
) -> ProductLists:
    """Return what a model recommends to each customer; products get numbers as they come."""
    lists = []
    for start in range(0, len(customers), _BATCH):
        batch = customers[start : start + _BATCH]
        for answer in recommend(model, [Query(customer, k=k, mode=mode) for customer in batch]):
            if isinstance(answer, QueryError):
                raise GateError(f"a model cannot be asked: {answer}")
            ids = [item.product_id for item in answer.items]
            rows = [row_of.setdefault(product, len(row_of)) for product in ids]
            lists.append(np.array(rows, dtype=np.int64))
        moved(len(batch))
    return ProductLists.of(lists)


def _groups(known: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each group of customers by how many products they are known to have."""
    group_of = segments.by_size(known, _GROUPS)
    members = [np.flatnonzero(group_of == group) for group in np.unique(group_of)]
    return {
        f"customers with {known[rows].min():,} to {known[rows].max():,} known products": rows
        for rows in members
    }


def _estimated(
    differences: Mapping[str, NDArray[np.float64]], members: Mapping[str, NDArray[np.int64]]
) -> dict[str, dict[str, Estimate]]:
    """Return the mean of each metric over each group of customers, by metric and group."""
    found: dict[str, dict[str, Estimate]] = {metric: {} for metric in differences}
    for name, rows in members.items():
        values = {metric: of_each[rows] for metric, of_each in differences.items()}
        for metric, (estimate,) in estimates_by_name(values).items():
            found[metric][name] = estimate
    return found


def _category_names(models: Sequence[Model], products: Mapping[str, int]) -> list[str]:
    """Return each product's category, as the first model that knows the product calls it."""
    names = []
    for product in products:
        rows = ((model, model.catalogue.products.row(product)) for model in models)
        known = next(((model, row) for model, row in rows if row is not None), None)
        names.append((known and known[0].catalogue.category(known[1])) or _NO_CATEGORY)
    return names


def _by_category(
    found: Sequence[ProductLists], wanted: ProductLists, names: Sequence[str]
) -> dict[str, Estimate]:
    """Return the lead in recall of all purchases of a category together, by category."""
    categories, category_of = np.unique(names, return_inverse=True)
    bought = np.bincount(wanted.products, minlength=len(names))
    chosen, columns = segments.largest(category_of, bought, categories.size, _CATEGORIES)
    labels = [str(categories[row]) for row in chosen]
    if bought[columns == chosen.size].any():
        labels.append(f"all {categories.size - chosen.size:,} other categories")
    wholes = segments.counts_by_column(wanted, columns, len(labels))
    ours, theirs = (
        segments.counts_by_column(segments.found(ranked, wanted), columns, len(labels))
        for ranked in found
    )
    return dict(zip(labels, ratio_estimates(ours - theirs, wholes), strict=True))
