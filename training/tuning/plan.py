"""How to search: what counts, for how long, with how many processes, and where to write it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.query import K_DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

TRIALS_DEFAULT = 50


@dataclass(frozen=True)
class Plan:
    """How to search for parameters.

    Attributes
    ----------
    space : Path or None
        The file of what may be tried; None: the estimator's own.
    trials : int or None
        How many trials the study shall have that are complete or pruned, earlier ones included.
    seconds : float or None
        How long to search now. With neither budget, `trials` is 50.
    storage : str or None
        A journal's path or a database's URL; None: ``var/tune/NAME.journal``.
    study : str or None
        The study's name; None: one that tells data, space and the rest of what decides it.
    workers : int
        How many processes search at once.
    k, mode
        Recall at `k` in this mode is maximized.
    seed : int
        Of the search, of the sample of customers and of every fit.
    device : str
        ``cpu`` or ``cuda``.
    """

    space: Path | None = None
    trials: int | None = None
    seconds: float | None = None
    storage: str | None = None
    study: str | None = None
    workers: int = 1
    k: int = K_DEFAULT
    mode: str = "discover"
    seed: int = 0
    device: str = "cpu"

    @property
    def n_trials(self) -> float:
        """How many trials the study shall have; infinity where only time ends it."""
        if self.trials is None:
            return TRIALS_DEFAULT if self.seconds is None else float("inf")
        return self.trials
