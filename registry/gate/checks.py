"""What was found, held against what is asked: one check each, with both in it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registry.gate.comparison import Comparison
    from registry.gate.held_out import HeldOut
    from registry.gate.requirements import Requirements


@dataclass(frozen=True)
class Check:
    """One thing that is asked.

    Parameters
    ----------
    name
        What is looked at.
    found
        What it is: a number, a text, or a mean with its interval (``mean``, ``low``, ``high``).
    required
        What it must be, in words.
    passed
        None if it was not looked at: no held-out purchases were given, and none are required.
    """

    name: str
    found: Mapping[str, float] | float | str
    required: str
    passed: bool | None


@dataclass(frozen=True)
class Verdict:
    """All checks, and what they are about.

    Parameters
    ----------
    champion
        ``version`` and ``digest`` of what the alias names; None if it names nothing yet:
        popularity, as the challenger knows it, was measured in its place.
    """

    requirements: Requirements
    champion: Mapping[str, str] | None
    held_out: HeldOut | None
    checks: Sequence[Check]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.passed is not False for check in self.checks)

    @property
    def measured(self) -> bool:
        """Whether everything that is asked was looked at."""
        return all(check.passed is not None for check in self.checks)

    def to_dict(self, *, forced: bool = False) -> dict[str, Any]:
        """Return the verdict for the history, as docs/formats/gate.schema.json says.

        Parameters
        ----------
        forced
            Whether the version is promoted although a check failed.
        """
        asked, held_out = self.requirements, self.held_out
        return {
            "passed": self.passed,
            "measured": self.measured,
            "forced": forced,
            "requirements": {"file": asked.file, "digest": asked.digest},
            "mode": asked.mode,
            "k": asked.k,
            "champion": self.champion,
            "held_out": held_out
            and {
                "digest": held_out.digest,
                "data": held_out.data,
                "part": held_out.part,
                "n_customers": len(held_out.purchases),
                "n_purchases": held_out.n_purchases,
            },
            "checks": [asdict(check) for check in self.checks],
        }


def of_size(asked: Requirements, size: int, champion_size: int | None) -> list[Check]:
    """Check the bytes of a model's files against a limit, and against the champion's."""
    checks = []
    if asked.max_bytes is not None:
        required = f"at most {asked.max_bytes:,} bytes"
        checks.append(Check("size", size, required, size <= asked.max_bytes))
    if asked.max_growth is not None and champion_size is not None:
        growth = size / champion_size
        required = f"at most {asked.max_growth:g} times the champion's {champion_size:,} bytes"
        checks.append(Check("growth", growth, required, growth <= asked.max_growth))
    return checks


def of_data(asked: Requirements, until: str | None, champions: str | None) -> list[Check]:
    """Check the day of the last purchase that a model learned from, as 2026-11-24.

    Where the data have no times there is no such day. That fails if an age is asked for, or if
    the champion has one. So does a day that is still to come, after tomorrow: no later model could
    have a later one.
    """
    checks = []
    found = until or "not known"
    age = (date.today() - date.fromisoformat(until)).days if until else -math.inf
    come = age >= -1  # it may be tomorrow already where the purchase was made
    if asked.max_age_days is not None:
        required = f"at most {asked.max_age_days:,} days ago"
        passed = come and age <= asked.max_age_days
        checks.append(Check("last purchase learned from", found, required, passed))
    if not asked.may_be_older and champions is not None:
        required = f"not before the champion's {champions}, nor to come"
        passed = until is not None and until >= champions and come
        checks.append(Check("last purchase learned from", found, required, passed))
    return checks


def of_leads(asked: Requirements, comparison: Comparison) -> list[Check]:
    """Check what was measured."""
    required = f"at least {asked.min_customers:,}"
    n = comparison.n_customers
    checks = [Check("customers who count", n, required, n >= asked.min_customers)]
    for lead in asked.leads:
        required = f"{lead.bound} at least {lead.at_least:g}"
        for part, estimate in comparison.leads[lead.metric, lead.of].items():
            found = estimate.to_dict()
            name = f"lead in {lead.metric} at {asked.k}, {part}"
            checks.append(Check(name, found, required, found[lead.bound] >= lead.at_least))
    return checks


def not_measured(why: str, *, passed: bool | None = False) -> Check:
    """Return the check that stands for all leads when none could be measured."""
    return Check("leads", why, "measured on held-out purchases", passed)
