"""A study: what it is of, which trials it has, and which of them may be claimed next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import optuna
from optuna.pruners import MedianPruner
from optuna.trial import TrialState

from training.errors import StudyError
from training.tuning.draw import draw
from training.tuning.storage import open_storage, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from training.tuning.locks import Locks

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
START = "start"
"""The user attribute of the trial of the parameters before tuning."""
_PLACE, _ATTEMPT = "place", "attempt"
_NOT_BEFORE = 4  # tenths of a fit: what learns slowly, and often best, starts like the worst
_MAX_ATTEMPTS = 3  # of parameters whose process is killed: perhaps they take too much memory


def open_study(
    storage: str, name: str, identity: Mapping[str, Any], start: dict[str, Any], locks: Locks
) -> Study:
    """Make a study, or go on with it if it is of the same.

    Parameters
    ----------
    identity
        What the study is of, as plain values; its user attributes.
    start
        The parameters of the first trial.

    Raises
    ------
    StudyError
        If the study of that name is of something else.
    """
    opened = open_storage(storage, create=True)
    pruner = MedianPruner(n_startup_trials=5, n_warmup_steps=_NOT_BEFORE)
    with locks.claiming():
        study = optuna.create_study(
            storage=opened,
            study_name=name,
            direction="maximize",
            pruner=pruner,
            load_if_exists=True,
        )
        if not study.get_trials(deepcopy=False):
            for key, value in identity.items():
                study.set_user_attr(key, value)
            study.enqueue_trial(start, user_attrs={START: True})
    found = study.user_attrs
    different = [
        f"{key} {found.get(key)!r} and not {value!r}"
        for key, value in identity.items()
        if found.get(key) != value
    ]
    if different:
        raise StudyError(
            f"study {name!r} in {shown(storage)} is of {', '.join(different)}; name another with "
            "--study"
        )
    return study


def claim(
    study: Study,
    distributions: dict[str, BaseDistribution],
    locks: Locks,
    *,
    seed: int,
    n_trials: float,
    is_late: bool,
) -> Trial | None:
    """Start the next trial, unless enough are finished or running.

    What a dead process was at is failed, and its parameters come again first.

    Parameters
    ----------
    seed
        Decides, with how many trials there have been, what is drawn: one process draws the same
        whether or not it was interrupted.
    n_trials
        How many trials shall be finished.
    is_late
        Whether to start none if there is any.
    """
    with locks.claiming():
        _repeat_abandoned(study, locks)
        trials = study.get_trials(deepcopy=False)
        taken = sum(trial.state in {*FINISHED, TrialState.RUNNING} for trial in trials)
        if taken >= n_trials or (is_late and taken):
            return None
        if all(trial.state != TrialState.WAITING for trial in trials):
            n_drawn = sum(_ATTEMPT not in trial.user_attrs for trial in trials)
            study.enqueue_trial(draw(trials, distributions, [seed, n_drawn]))
        trial = study.ask(distributions)
        locks.hold(trial.number)
        trial.set_user_attr(_PLACE, locks.place)
        return trial


def put_back(study: Study, trial: FrozenTrial, *, died: bool) -> None:
    """End a running trial as failed, and let its parameters come again.

    Parameters
    ----------
    died
        Whether its process died of itself; parameters to which that happens three times do not
        come again.
    """
    study.tell(trial.number, state=TrialState.FAIL)
    attempt = trial.user_attrs.get(_ATTEMPT, 1) + died
    parameters = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    if parameters and attempt <= _MAX_ATTEMPTS:
        kept = {key: value for key, value in trial.user_attrs.items() if key == START}
        study.enqueue_trial(parameters, user_attrs={**kept, _ATTEMPT: attempt})


def _repeat_abandoned(study: Study, locks: Locks) -> None:
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        is_ours = trial.user_attrs.get(_PLACE, locks.place) == locks.place
        if is_ours and locks.is_free(trial.number):
            put_back(study, trial, died=True)
