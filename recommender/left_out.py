"""What each rule did to an answer: the products that it left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.query import LeftOut
from recommender.ranking import top_k

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recommender.catalogue import Catalogue
    from recommender.query import Item
    from recommender.rules import AppliedRules


def left_out(
    scores: NDArray[np.float32],
    k: int,
    chosen: NDArray[np.int64],
    rules: AppliedRules,
    catalogue: Catalogue,
) -> tuple[LeftOut, ...]:
    """Return, rule by rule, which products of the answer without any rule it left out.

    A product that several rules leave out is named by each of them; one that a cap leaves out, by
    the cap alone.

    Parameters
    ----------
    scores
        float32 (n_products,); ``-inf`` for what the question itself does not allow.
    chosen
        int64 (n,); the products of the answer with the rules.
    """
    without = top_k(scores, k)
    items = catalogue.items(without, scores[without])
    missing = ~np.isin(without, chosen)
    by_rule: dict[str, list[Item]] = {}
    for place in np.flatnonzero(missing).tolist():
        for rule in _rules_against(int(without[place]), rules, catalogue):
            by_rule.setdefault(rule, []).append(items[place])
    return tuple(LeftOut(rule, tuple(found)) for rule, found in sorted(by_rule.items()))


def _rules_against(product: int, rules: AppliedRules, catalogue: Catalogue) -> Iterator[str]:
    against = [rule for rule, mask in rules.masks.items() if mask[product]]
    return iter(against or [rules.cap_rule(catalogue.category(product) or "")])
