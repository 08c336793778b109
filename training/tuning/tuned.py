"""What tuning has found: for people, for programs, and as a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomli_w

from training.tuning.write import plain_parameters

if TYPE_CHECKING:
    from training.config import Config
    from training.estimators import BlendEstimator, Estimator


@dataclass(frozen=True, eq=False)
class Tuned:
    """The best parameters that a study has found.

    Attributes
    ----------
    config : Config
        The configuration with these parameters, all of them, and in `tuned` where they are from.
    estimator : Estimator
        Made from them.
    popularity : float
        What popularity reaches on the same customers; recall, 0 to 1.
    n_customers : int
        How many were measured.
    """

    config: Config
    estimator: Estimator | BlendEstimator
    popularity: float
    n_customers: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values; recall in 0..1."""
        return {
            "estimator": self.estimator.name,
            "parameters": plain_parameters(self.estimator),
            **self.config.tuned,
            "popularity": self.popularity,
            "n_customers": self.n_customers,
        }

    def to_text(self) -> str:
        """Return it as lines to read; recall in percent."""
        tuned = self.config.tuned
        states = ", ".join(f"{n} {state}" for state, n in tuned["trials"].items() if n)
        head = (
            f"recall@{tuned['k']} on validation, mode {tuned['mode']!r}, {self.n_customers:,} "
            f"customers, in %; trials: {states}"
        )
        rows = [
            (f"trial {tuned['trial']}, the best", tuned["value"]),
            ("as configured", tuned.get("value_at_start")),
            ("popularity", self.popularity),
        ]
        lines = [
            f"{name:20}  {'failed' if value is None else f'{100 * value:6.2f}'}"
            for name, value in rows
        ]
        return "\n".join([head, *lines, "", tomli_w.dumps(plain_parameters(self.estimator))])
