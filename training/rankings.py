"""What a model recommends to the customers on whom it is measured, and what they bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import ModeError
from recommender.product_lists import ProductLists
from training.errors import DataError
from training.progress import bar

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from recommender.model import Model

_BATCH = 256


@dataclass(frozen=True, eq=False)
class Rankings:
    """The recommendations of each measured customer beside what is to be found.

    Parameters
    ----------
    customers
        int64 (n_customers,); customer indices, rising.
    ranked
        What the model recommends to each, best first.
    held_out
        What each bought and the mode may recommend; at least one product each.
    """

    customers: NDArray[np.int64]
    ranked: ProductLists
    held_out: ProductLists


def rankings(
    model: Model, held_out: sparse.csr_matrix, mode: str, k: int, *, progress: bool = False
) -> Rankings:
    """Rank for each customer with held-out purchases that the mode may find.

    In ``discover`` those of products that the customer is known to have bought are none, in
    ``rebuy`` those of others are none; in ``mixed`` all count.

    Parameters
    ----------
    held_out
        (n_customers, n_products); a stored value is a purchase to be found.
    k
        How many products to rank; a catalogue of fewer is ranked whole.

    Raises
    ------
    ModeError
        If the model has no such mode.
    DataError
        If there is no such customer.
    """
    require_mode(model, mode)
    bought = ProductLists(held_out.indices, held_out.indptr)
    customers = np.flatnonzero(bought.lengths)
    starts = range(0, customers.size, _BATCH)
    blocks = [
        _ranked(model, customers[start : start + _BATCH], bought, mode, k)
        for start in bar(starts, "evaluate", "batch", shown=progress)
    ]
    if not any(block.customers.size for block in blocks):
        raise DataError(
            f"no held-out purchase is one that mode {mode!r} could find: nothing can be measured; "
            "hold out others"
        )
    return Rankings(
        np.concatenate([block.customers for block in blocks]),
        ProductLists.joined([block.ranked for block in blocks]),
        ProductLists.joined([block.held_out for block in blocks]),
    )


def require_mode(model: Model, mode: str) -> None:
    """Raise unless the model has the mode.

    Raises
    ------
    ModeError
        Naming those that it has.
    """
    if mode not in model.modes:
        raise ModeError(f"mode is {mode!r}; this model has {', '.join(model.modes)}")


def _ranked(
    model: Model, customers: NDArray[np.int64], bought: ProductLists, mode: str, k: int
) -> Rankings:
    eligible = model.eligible(customers, mode)
    wanted = bought.take(customers)
    wanted = wanted.where(eligible[wanted.rows(), wanted.products])
    some = np.flatnonzero(wanted.lengths)
    ranked, _ = model.rank(customers[some], mode, k)
    return Rankings(customers[some], ranked, wanted.take(some))
