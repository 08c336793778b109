"""Questions and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

K_DEFAULT = 30
K_MAX = 500

Strategy = Literal["personal", "basket", "popular"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question: which products to recommend to a customer.

    Parameters
    ----------
    customer_id
        None for somebody without an id.
    k
        How many products at most, 1 to 500.
    mode
        ``discover`` (never bought), ``rebuy`` (bought before) or ``mixed``.
    categories
        Only products of these; empty for all.
    exclude
        Product ids to leave out. One that the catalogue lacks is left out already.
    basket
        Product ids in hand: they count as bought, and tell what a customer without known purchases
        may want. One that the catalogue lacks says nothing.
    """

    customer_id: str | None
    k: int = K_DEFAULT
    mode: str = "discover"
    categories: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    basket: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A recommended product: ``rank`` counts from 1; ``score`` compares only within the answer."""

    product_id: str
    name: str
    category: str | None
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a :class:`Query`; ``items`` may hold fewer than ``k``.

    ``strategy`` says how they were found: ``personal`` from the customer's own purchases (and the
    basket), ``basket`` from the basket alone, or ``popular`` where the model has seen neither.
    ``known`` says whether the id is the model's.
    """

    customer_id: str | None
    known: bool
    mode: str
    k: int
    strategy: Strategy
    items: tuple[Item, ...]
