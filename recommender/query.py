"""Questions and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from recommender.errors import CutOffError

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
    candidates
        Rank only these product ids; None for the whole catalogue. One that the catalogue lacks is
        left out already.
    explain
        Whether to give reasons.
    explain_rules
        Whether to tell what each rule left out.
    """

    customer_id: str | None
    k: int = K_DEFAULT
    mode: str = "discover"
    categories: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    basket: tuple[str, ...] = ()
    candidates: tuple[str, ...] | None = None
    explain: bool = False
    explain_rules: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A product, bought or in hand, that speaks for another: ``contribution`` to its score."""

    product_id: str
    name: str
    contribution: float


@dataclass  # to make and to encode 30 frozen ones with slots takes 60 microseconds, not 15
class Item:
    """A recommended product: ``rank`` counts from 1; ``score`` compares only within the answer.

    ``reasons`` are the few largest, largest first; none where nothing can be said. Where nobody
    asked they are None, and no attribute of the instance: JSON leaves them out.
    """

    product_id: str
    name: str
    category: str | None
    rank: int
    score: float
    reasons: tuple[Reason, ...] | None = field(default=None, init=False)


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """What an item's score is the sum of.

    ``products``: what was bought or is in hand, by the item-item scorers: reasons are the largest
    of these. ``features``: by the same scorers, what else they know of the customer's purchases,
    as counts by category or maker, and what is usual. ``others``: the other scorers of the mode.
    """

    products: float
    features: float
    others: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How far the reasons of an answer go.

    ``scorers`` are the item-item scorers of the mode, which the reasons are of; ``others`` those
    that give none. ``parts`` has one entry an item, in their order.
    """

    scorers: tuple[str, ...]
    others: tuple[str, ...]
    parts: tuple[ScoreParts, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The products that a rule left out of an answer, with the ranks they had without any rule."""

    rule: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class Answer:
    """The answer to a :class:`Query`; ``items`` may hold fewer than ``k``.

    ``strategy`` says how they were found: ``personal`` from the customer's own purchases (and the
    basket), ``basket`` from the basket alone, or ``popular`` where the model has seen neither.
    ``known`` says whether the id is the model's.

    ``explanation`` says how far the reasons go, and ``rules`` what each rule left out; None where
    nobody asked. ``unmet`` has the category ("" for none) of each product that would stand in the
    answer if everything were available, and does not: at most ``k``.
    """

    customer_id: str | None
    known: bool
    mode: str
    k: int
    strategy: Strategy
    items: tuple[Item, ...]
    explanation: Explanation | None = None
    rules: tuple[LeftOut, ...] | None = None
    unmet: tuple[str, ...] = ()


def require_cut_off(k: object) -> None:
    """Raise unless ``k`` is how many products may be asked for.

    Raises
    ------
    CutOffError
        Saying what is allowed.
    """
    if type(k) is not int or not 1 <= k <= K_MAX:  # True is an int, too, and no number of products
        raise CutOffError(f"k is {k!r}; it must be a whole number from 1 to {K_MAX}")
