"""Scorers: how much each customer is expected to want each product.

One contract for all kinds, :class:`Scorer`. Each kind is a dataclass of arrays, which may be
read-only memory maps, with its numpy form here and a twin for CUDA in
:mod:`recommender.scorers_cuda`; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from recommender.errors import ArtifactError
from recommender.scorers.contract import Scorer
from recommender.scorers.factors import Factors
from recommender.scorers.item_item import ItemItem
from recommender.scorers.item_item_factors import ItemItemFactors
from recommender.scorers.item_item_top import ItemItemTop
from recommender.scorers.popularity import Popularity
from recommender.scorers.repeat import Repeat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.tensors import Arrays

LinearScorer = ItemItem | ItemItemFactors | ItemItemTop  # over what somebody has bought
AnyScorer = Factors | LinearScorer | Popularity | Repeat
KINDS: dict[str, type[AnyScorer]] = {
    cls.kind: cls for cls in (Factors, ItemItem, ItemItemFactors, ItemItemTop, Popularity, Repeat)
}

__all__ = [
    "KINDS",
    "AnyScorer",
    "Factors",
    "ItemItem",
    "ItemItemFactors",
    "ItemItemTop",
    "LinearScorer",
    "Popularity",
    "Repeat",
    "Scorer",
    "from_arrays",
    "to_arrays",
]


def to_arrays(scorer: AnyScorer) -> Arrays:
    """Return a scorer's arrays by name; one that it does without is left out."""
    arrays = {field.name: getattr(scorer, field.name) for field in fields(scorer)}
    return {name: array for name, array in arrays.items() if array is not None}


def from_arrays(kind: str, arrays: Mapping[str, NDArray[Any]]) -> AnyScorer:
    """Return the scorer of a kind over its arrays.

    Raises
    ------
    ArtifactError
        If the kind is unknown or the arrays are not those of the kind.
    """
    if kind not in KINDS:
        raise ArtifactError(
            f"scorer kind {kind!r} is unknown; this code knows {', '.join(sorted(KINDS))}"
        )
    try:
        return KINDS[kind](**arrays)
    except (TypeError, ValueError, IndexError) as error:
        raise ArtifactError(
            f"a scorer of kind {kind!r} cannot be made of its arrays: {error}"
        ) from None
