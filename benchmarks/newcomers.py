"""Hiding products and customers: what a model may learn from, and what it is to find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from recommender.metrics import match, recall
from recommender.product_lists import ProductLists
from recommender.ranking import top_k_of_each
from training.estimators import item_weights
from training.estimators.features import features_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Dataset
    from training.estimators import EaseEstimator

K = 30
SIZES = (1, 3, 10)
"""Products in a basket."""
_SHARE = 0.1  # of the products, or customers, that are new
_JUDGED = 1 / 3  # of the customers, of new products
_HELD_OUT = 0.1  # of the purchases of other products, beside the new ones
_WANTED = 0.2  # of a new customer's products


@dataclass(frozen=True, eq=False)
class NewProducts:
    """Some products are new, and some customers are asked about them.

    Attributes
    ----------
    known
        Nobody has bought a new product; and the judged customers lack a tenth of the others.
    among_others
        The same, but all customers that are not judged have bought what they did.
    is_new
        bool (n_products,).
    judged
        int64 (n_judged,); customer indices.
    new, old
        bool (n_judged, n_products); what each bought of the new products, and is hidden of the
        others.
    """

    known: Dataset
    among_others: Dataset
    is_new: NDArray[np.bool_]
    judged: NDArray[np.int64]
    new: sparse.csr_matrix
    old: sparse.csr_matrix


@dataclass(frozen=True, eq=False)
class NewCustomers:
    """Some customers are new.

    Attributes
    ----------
    customers
        int64 (n_new,); customer indices.
    baskets
        For each of `SIZES`, and for all that may be known: some products of each customer, int64.
    known
        bool (n_new, n_products); what may be known.
    wanted
        bool (n_new, n_products); the rest, which is to be found.
    """

    customers: NDArray[np.int64]
    baskets: list[list[NDArray[np.int64]]]
    known: NDArray[np.bool_]
    wanted: sparse.csr_matrix


def new_products(dataset: Dataset, seed: int) -> NewProducts:
    """Make a random tenth of the products new."""
    generator = np.random.default_rng(seed)
    n_customers, n_products = dataset.counts.shape
    is_new = _some(generator, n_products, _SHARE)
    is_judged = _some(generator, n_customers, _JUDGED)
    pairs = dataset.counts.tocoo()
    of_new, of_judged = is_new[pairs.col], is_judged[pairs.row]
    is_old = of_judged & ~of_new & (generator.random(pairs.nnz) < _HELD_OUT)
    judged = np.flatnonzero(is_judged)
    return NewProducts(
        known=kept(dataset, ~of_new & ~is_old),
        among_others=kept(dataset, ~(of_new & of_judged) & ~is_old),
        is_new=is_new,
        judged=judged,
        new=_bought(dataset, of_new & of_judged)[judged],
        old=_bought(dataset, is_old)[judged],
    )


def new_customers(dataset: Dataset, seed: int) -> NewCustomers:
    """Make a random tenth of the customers new; those who bought too little are left out."""
    generator = np.random.default_rng(seed)
    drawn = np.flatnonzero(_some(generator, dataset.n_customers, _SHARE))
    is_wanted = generator.random(dataset.counts.nnz) < _WANTED
    wanted, known = (_bought(dataset, each)[drawn] for each in (is_wanted, ~is_wanted))
    enough = (np.diff(known.indptr) >= max(SIZES)) & (np.diff(wanted.indptr) > 0)
    of_each = ProductLists(known.indices, known.indptr)
    shuffled = [generator.permutation(of_each[row]) for row in np.flatnonzero(enough).tolist()]
    baskets = [[products[:size] for products in shuffled] for size in SIZES]
    return NewCustomers(
        drawn[enough], [*baskets, shuffled], known[enough].toarray(), wanted[enough]
    )


def without(dataset: Dataset, new: NewCustomers, *, entirely: bool) -> Dataset:
    """Return what is known before new customers come, or of them with all that may be known."""
    pairs = dataset.counts.tocoo()
    if entirely:
        return kept(dataset, ~np.isin(pairs.row, new.customers))
    wanted = np.zeros(dataset.counts.shape, dtype=np.bool_)
    wanted[new.customers] = new.wanted.toarray()
    return kept(dataset, ~wanted[pairs.row, pairs.col])


def kept(dataset: Dataset, pairs: NDArray[np.bool_]) -> Dataset:
    """Return a data set of some of the pairs of counts; of details nothing, which would tell."""
    counts = _of(dataset, pairs, dataset.counts.data)
    events = dataset.events
    if events is not None:
        is_kept = np.asarray(counts[events.customers, events.products]).ravel() > 0
        events = events.where(is_kept)
    return replace(dataset, counts=counts, events=events, details=None)


def scores_by_others(hidden: NewProducts, ease: EaseEstimator) -> NDArray[np.float32]:
    """Score the judged by weights that others' purchases, of new products too, are fitted to.

    The judged take no part in the fit: it would take what is hidden of them for unwanted.
    """
    features = features_of(hidden.among_others, ease.side, ease.power)
    others = np.setdiff1d(np.arange(features.rows.shape[0]), hidden.judged)
    l2 = ease.l2 * (1 + sum(ease.side.values()))
    weights = item_weights.solve(features.rows[others], hidden.is_new.size, l2, "cpu")
    scores: NDArray[np.float32] = features.rows[hidden.judged] @ item_weights.dense(weights)
    return scores


def recalls(
    scores: NDArray[np.float32], wanted: sparse.csr_matrix, allowed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the recall at 30 of each customer who wants something: float64 (n,)."""
    lists = ProductLists(wanted.indices, wanted.indptr)
    asked = np.flatnonzero(lists.lengths)
    ranked = top_k_of_each(scores[asked].astype(np.float32), K, allowed[asked])
    return recall(match(ranked, lists.take(asked)), [K])[:, 0]


def _some(generator: np.random.Generator, n: int, share: float) -> NDArray[np.bool_]:
    chosen = np.zeros(n, dtype=np.bool_)
    chosen[generator.choice(n, max(1, round(share * n)), replace=False)] = True
    return chosen


def _bought(dataset: Dataset, pairs: NDArray[np.bool_]) -> sparse.csr_matrix:
    return _of(dataset, pairs, np.ones(pairs.size, dtype=np.bool_))


def _of(
    dataset: Dataset, pairs: NDArray[np.bool_], values: NDArray[np.generic]
) -> sparse.csr_matrix:
    where = dataset.counts.tocoo()
    places = (where.row[pairs], where.col[pairs])
    return sparse.csr_matrix((values[pairs], places), shape=dataset.counts.shape)
