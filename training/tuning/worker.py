"""A worker: claims trials of a study and runs them until the budget is spent."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from optuna.exceptions import TrialPruned
from optuna.trial import TrialState

from training.errors import ConfigError, FitError
from training.tuning.draw import ERROR
from training.tuning.study import FINISHED, START, claim, put_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from optuna import Study, Trial

    from training.tuning.locks import Locks
    from training.tuning.plan import Plan
    from training.tuning.space import Space

    Run = Callable[[dict[str, Any] | None, Callable[[int, float], None]], float]

_FEW_FAILURES, _MANY_FAILURES = 10, 50  # in a row: while nothing is complete yet, and later


class _OutOfTimeError(Exception):
    """The time is over in the middle of a trial."""


class Worker:
    """Runs trials of one study.

    Parameters
    ----------
    run
        Gives the value of a point of the space, or of the parameters before tuning for None; is
        given what to call after each epoch.
    deadline
        When to stop, by `time.monotonic`; infinity: never.
    """

    def __init__(
        self, study: Study, space: Space, locks: Locks, plan: Plan, run: Run, deadline: float
    ) -> None:
        self._study, self._locks, self._plan = study, locks, plan
        self._distributions = space.distributions
        self._run, self._deadline = run, deadline

    def work(self) -> None:
        """Run trials until there are enough, the time is over, or nothing succeeds any more."""
        failed_in_a_row = 0
        while not self._is_hopeless(failed_in_a_row):
            trial = claim(
                self._study,
                self._distributions,
                self._locks,
                seed=self._plan.seed,
                n_trials=self._plan.n_trials,
                is_late=time.monotonic() > self._deadline,
            )
            if trial is None:
                return
            try:
                failed_in_a_row = 0 if self._finish(trial) else failed_in_a_row + 1
            except _OutOfTimeError:
                return
            finally:
                self._locks.release(trial.number)

    def _is_hopeless(self, failed_in_a_row: int) -> bool:
        if self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            return failed_in_a_row >= min(_MANY_FAILURES, max(self._plan.n_trials, _FEW_FAILURES))
        return failed_in_a_row >= min(self._plan.n_trials, _FEW_FAILURES)

    def _finish(self, trial: Trial) -> bool:
        """Run a claimed trial to its end, and tell whether it has not failed."""
        began = time.monotonic()
        is_start = START in trial.user_attrs
        try:
            value = self._run(None if is_start else trial.params, self._reporter(trial, is_start))
            self._study.tell(trial, value)
        except TrialPruned:
            self._study.tell(trial, state=TrialState.PRUNED)
        except (KeyboardInterrupt, _OutOfTimeError):
            frozen = self._study.get_trials(deepcopy=False)[trial.number]
            put_back(self._study, frozen, died=False)
            raise
        except Exception as error:
            trial.set_user_attr(ERROR, str(error) or type(error).__name__)
            self._study.tell(trial, state=TrialState.FAIL)
            if not isinstance(error, FitError | ConfigError | MemoryError):
                raise
        return self._tell(trial.number, time.monotonic() - began)

    def _reporter(self, trial: Trial, is_start: bool) -> Callable[[int, float], None]:
        def report(tenths: int, value: float) -> None:
            trial.report(value, tenths)
            if is_start:  # runs to its end, whatever it takes
                return
            if trial.should_prune():
                raise TrialPruned
            if time.monotonic() > self._deadline:
                raise _OutOfTimeError

        return report

    def _tell(self, number: int, seconds: float) -> bool:
        """Write a line about a trial that ended."""
        trials = self._study.get_trials(deepcopy=False)
        trial = trials[number]
        complete = [each for each in trials if each.state == TrialState.COMPLETE]
        if trial.state in FINISHED and trial.value is not None:
            outcome = f"{100 * trial.value:.2f}"
        else:
            outcome = "failed"
        state = " (pruned)" if trial.state == TrialState.PRUNED else ""
        best = max(complete, key=lambda each: each.value or 0, default=None)
        so_far = "" if best is None else f", best {100 * (best.value or 0):.2f} of {best.number}"
        reason = f": {trial.user_attrs[ERROR]}" if ERROR in trial.user_attrs else ""
        sys.stderr.write(f"trial {number}: {outcome}{state}{so_far}, {seconds:.1f} s{reason}\n")
        sys.stderr.flush()
        return trial.state in FINISHED
