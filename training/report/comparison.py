"""One measure of several contenders on the same customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.metrics import Estimate, estimates_by_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Comparison:
    """A measure at several cut-offs.

    Parameters
    ----------
    of
        Each contender's, the judged one first.
    leads
        The judged one's minus each rival's: paired differences over customers.
    """

    of: dict[str, list[Estimate]]
    leads: dict[str, list[Estimate]]


def compare(values: Mapping[str, NDArray]) -> Comparison:  # type: ignore[type-arg]
    """Compare contenders customer by customer.

    Parameters
    ----------
    values
        float64 (n_customers, n_cut_offs) of each contender, the judged one first.
    """
    judged, *rivals = values
    leads = {rival: values[judged] - values[rival] for rival in rivals}
    estimated = estimates_by_name(
        {("of", name): array for name, array in values.items()}
        | {("leads", name): array for name, array in leads.items()}
    )
    return Comparison(
        of={name: estimated["of", name] for name in values},
        leads={name: estimated["leads", name] for name in rivals},
    )
