"""One process's share of a search: everything that a worker needs, and what was found."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import TrialState

from training.errors import ConfigError, StudyError
from training.estimators import BlendEstimator, make
from training.fit import estimator_of
from training.lineage import code, source_digest
from training.prepared import digest_of
from training.tuning import space as spaces
from training.tuning.draw import ERROR
from training.tuning.locks import Locks
from training.tuning.objective import Objective
from training.tuning.storage import FOLDER, shown
from training.tuning.study import START, open_study
from training.tuning.tuned import Tuned
from training.tuning.worker import Worker
from training.tuning.write import plain_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from optuna.trial import FrozenTrial

    from training.config import Config
    from training.estimators import AnyEstimator
    from training.prepared import Prepared
    from training.tuning.plan import Plan


class Search:
    """A study of a configuration's estimator on a prepared set.

    Parameters
    ----------
    prepared
        With a validation part.
    config
        The parameters before tuning are its model's.
    plan
        How to search.

    Raises
    ------
    ConfigError
        If the configuration or the space is not allowed.
    DataError
        If validation is empty.
    StudyError
        If the storage cannot be opened, or its study of that name is of something else.
    """

    def __init__(self, prepared: Prepared, config: Config, plan: Plan) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._config, self._plan = config, plan
        self._estimator = estimator_of(config.model)
        attributes = prepared.dataset("train").attributes
        path = plan.space or spaces.default_path(self._estimator)
        self._space = spaces.read(path, config.model, self._estimator, attributes)
        _require_answered(self._estimator, plan.mode)
        self._objective = Objective(prepared, plan)
        self.identity = {
            "data": prepared.digest,
            "source": source_digest(),
            "estimator": self._estimator.name,
            "start": digest_of(plain_parameters(self._estimator)),
            "space": self._space.digest,
            "k": plan.k,
            "mode": plan.mode,
            "seed": plan.seed,
        }
        digest = digest_of(self.identity).partition(":")[2]
        self.name = plan.study or f"{config.name}-{self._estimator.name}-{digest[:8]}"
        self.storage = plan.storage or str(FOLDER / f"{config.name}.journal")
        self._locks = Locks.of(self.storage, self.name)
        try:
            self.study = open_study(
                self.storage, self.name, self.identity, self._space.start, self._locks
            )
        except StudyError:
            self._locks.close()
            raise

    def work(self, deadline: float = math.inf) -> None:
        """Run trials until the budget is spent; see :class:`training.tuning.worker.Worker`."""
        Worker(self.study, self._space, self._locks, self._plan, self._run, deadline).work()

    def close(self) -> None:
        """Let go of the study's locks."""
        self._locks.close()

    def tuned(self) -> Tuned:
        """Return the best so far.

        Raises
        ------
        StudyError
            If no trial is complete.
        """
        trials = self.study.get_trials(deepcopy=False)
        complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
        if not complete:
            raise StudyError(self._nothing_found(trials))
        best = max(complete, key=lambda trial: (_value(trial), -trial.number))
        estimator = self._estimator_at(None if START in best.user_attrs else best.params)
        model = replace(self._config.model, parameters=plain_parameters(estimator))
        return Tuned(
            config=replace(self._config, model=model, tuned=self._origin(best, trials)),
            estimator=estimator,
            popularity=self._objective.popularity(),
            n_customers=self._objective.n_customers,
        )

    def _run(self, point: dict[str, Any] | None, report: Callable[[int, float], None]) -> float:
        return self._objective(self._estimator_at(point), report)

    def _estimator_at(self, point: dict[str, Any] | None) -> AnyEstimator:
        """Return the estimator of a point of the space, or the one before tuning for None."""
        if point is None:
            return self._estimator
        parameters = self._space.applied(point, self._config.model.parameters)
        return make(type(self._estimator), parameters)

    def _origin(self, best: FrozenTrial, trials: list[FrozenTrial]) -> dict[str, Any]:
        states = Counter(trial.state for trial in trials)
        failed = sum(ERROR in trial.user_attrs for trial in trials)  # others were only cut off
        start = [
            _value(trial)
            for trial in trials
            if trial.state == TrialState.COMPLETE and START in trial.user_attrs
        ]
        return {
            "study": self.name,
            "storage": shown(self.storage),
            "trial": best.number,
            "value": _value(best),
            **({"value_at_start": start[0]} if start else {}),
            "trials": {
                "complete": states[TrialState.COMPLETE],
                "pruned": states[TrialState.PRUNED],
                "failed": failed,
            },
            **self.identity,
            "optuna": version("optuna"),
            "code": code(),
        }

    def _nothing_found(self, trials: list[FrozenTrial]) -> str:
        errors = [trial.user_attrs[ERROR] for trial in trials if ERROR in trial.user_attrs]
        where = f"study {self.name} in {shown(self.storage)}"
        if not errors:
            return f"{where} has no complete trial; run the same command again to go on"
        return (
            f"{where}: all {len(errors)} trials failed, the last: {errors[-1]}; change "
            "[model.parameters] or the space"
        )


def _value(trial: FrozenTrial) -> float:
    return float(trial.value or 0.0)


def _require_answered(estimator: AnyEstimator, mode: str) -> None:
    if mode != "discover" and not isinstance(estimator, BlendEstimator):
        raise ConfigError(
            f"mode is {mode!r}, and estimator {estimator.name!r} learns one mode only; tune it for "
            "discover, or a blend"
        )
