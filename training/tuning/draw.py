"""Which point of a space to try next, given what was tried."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers import TPESampler
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

ERROR = "error"
"""The user attribute with the message of a trial that failed."""

N_RANDOM = 10
"""How many trials there are before the estimator has its say; until then points are random."""


def draw(
    trials: Iterable[FrozenTrial], distributions: Mapping[str, BaseDistribution], seed: list[int]
) -> dict[str, Any]:
    """Draw a point by a tree-structured Parzen estimator over all parameters together.

    Bergstra et al., "Algorithms for hyper-parameter optimization", 2011; Falkner et al., "BOHB:
    robust and efficient hyperparameter optimization at scale", 2018, for several parameters
    together. Trials that failed are taken for the worst; Optuna alone would pass them over and be
    drawn to where everything fails, since nothing speaks against it.

    Parameters
    ----------
    trials
        Of one study that maximizes.
    seed
        The same trials and numbers give the same point.
    """
    state = np.random.SeedSequence(seed).generate_state(1)
    sampler = TPESampler(n_startup_trials=N_RANDOM, multivariate=True, seed=int(state[0]))
    known = optuna.create_study(direction="maximize", sampler=sampler)
    known.add_trials([_as_seen(trial) for trial in trials if _is_seen(trial)])
    return known.ask(dict(distributions)).params


def _is_seen(trial: FrozenTrial) -> bool:
    if trial.state == TrialState.FAIL:
        return ERROR in trial.user_attrs
    return trial.state != TrialState.WAITING


def _as_seen(trial: FrozenTrial) -> FrozenTrial:
    if trial.state != TrialState.FAIL:
        return trial
    seen = copy.copy(trial)
    seen.state, seen.intermediate_values = TrialState.PRUNED, {}
    return seen
