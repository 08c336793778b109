"""Claims, budgets and failures, with a made-up objective."""

import math
import time

import optuna
import pytest
from optuna.trial import TrialState

from training.config import ModelConfig
from training.errors import FitError, StudyError
from training.estimators import SpotlightEstimator
from training.tuning import space as spaces
from training.tuning.draw import ERROR
from training.tuning.locks import Locks
from training.tuning.plan import Plan
from training.tuning.storage import load_study
from training.tuning.study import START, claim, open_study
from training.tuning.worker import Worker

optuna.logging.set_verbosity(optuna.logging.WARNING)
SPACE = """
[learning_rate]
low = 1e-4
high = 1.0
log = true
[loss]
choices = ["bpr", "hinge"]
"""
IDENTITY = {"data": "sha256:1", "k": 30}


@pytest.fixture
def space(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return spaces.read(path, ModelConfig(estimator="spotlight"), SpotlightEstimator(), [])


@pytest.fixture
def begin(tmp_path, space):
    """Return a function that makes a worker on the study of some name."""
    opened = []

    def begin(run, n_trials=12, name="study", deadline=math.inf, seed=0):
        storage = str(tmp_path / "study.journal")
        locks = Locks.of(storage, name)
        opened.append(locks)
        study = open_study(storage, name, IDENTITY, space.start, locks)
        worker = Worker(study, space, locks, Plan(trials=n_trials, seed=seed), run, deadline)
        return study, worker

    yield begin
    for locks in opened:
        locks.close()


def value(point, report):
    if point is None:
        return 0.5
    return 1 - abs(math.log10(point["learning_rate"]) + 2) / 4


def outcomes(study):
    return [(t.params, t.value, START in t.user_attrs) for t in study.trials if t.value is not None]


def test_the_first_trial_is_of_what_was_configured(begin):
    points = []
    study, worker = begin(lambda point, report: points.append(point) or 0.1, n_trials=3)
    worker.work()
    assert points[0] is None
    assert None not in points[1:]
    assert study.trials[0].params == {"learning_rate": 0.01, "loss": "bpr"}


def test_trials_are_of_the_study_not_of_the_worker(begin):
    for n_trials in (5, 5, 8, 3):
        study, worker = begin(value, n_trials)
        worker.work()
    assert len(study.trials) == 8


def test_the_same_seed_draws_the_same_and_another_another(begin):
    found = {}
    for name, seed in [("a", 0), ("b", 0), ("c", 1)]:
        study, worker = begin(value, n_trials=30, name=name, seed=seed)
        worker.work()
        found[name] = outcomes(study)
    assert found["a"] == found["b"] != found["c"]


def test_an_interrupted_study_goes_on_to_the_same_result(begin):
    whole, worker = begin(value, n_trials=30, name="whole")
    worker.work()

    runs = 0

    def interrupted(point, report):
        nonlocal runs
        runs += 1
        if runs in (1, 7, 25):
            raise KeyboardInterrupt
        return value(point, report)

    for _ in range(3):
        study, worker = begin(interrupted, n_trials=30)
        with pytest.raises(KeyboardInterrupt):
            worker.work()
    study, worker = begin(interrupted, n_trials=30)
    worker.work()
    assert outcomes(study) == outcomes(whole)
    assert sum(trial.state == TrialState.FAIL for trial in study.trials) == 3


def test_a_trial_that_fails_says_why_and_does_not_count(begin):
    def run(point, report):
        if point and point["loss"] == "hinge":
            raise FitError("too steep")
        return value(point, report)

    study, worker = begin(run)
    worker.work()
    complete = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
    failed = [trial for trial in study.trials if trial.state == TrialState.FAIL]
    assert len(complete) == 12
    assert failed
    assert {trial.user_attrs[ERROR] for trial in failed} == {"too steep"}


@pytest.mark.parametrize(("n_trials", "n_tried"), [(3, 3), (100, 10)])
def test_a_study_in_which_nothing_succeeds_ends(begin, n_trials, n_tried):
    def run(point, report):
        raise FitError("no")

    study, worker = begin(run, n_trials)
    worker.work()
    assert [trial.state for trial in study.trials] == [TrialState.FAIL] * n_tried


def test_an_error_of_the_program_ends_it_and_is_kept(begin):
    def run(point, report):
        raise ZeroDivisionError("oops")

    study, worker = begin(run)
    with pytest.raises(ZeroDivisionError):
        worker.work()
    assert [trial.user_attrs[ERROR] for trial in study.trials] == ["oops"]


def test_bad_trials_are_pruned_and_count(begin):
    told = []

    def run(point, report):
        final = value(point, report)
        for tenths in range(1, 11):
            told.append(tenths)
            report(tenths, final * tenths / 10)
        return final

    study, worker = begin(run, n_trials=20)
    worker.work()
    pruned = [trial for trial in study.trials if trial.state == TrialState.PRUNED]
    assert len(study.trials) == 20
    assert pruned
    assert len(told) == sum(trial.last_step for trial in study.trials) < 200
    assert min(trial.last_step for trial in pruned) == 4  # never sooner
    assert max(study.trials, key=lambda trial: trial.value or 0) not in pruned


def test_the_time_ends_a_search_but_never_the_first_trial(begin):
    def run(point, report):
        report(1, 0.1)
        return value(point, report)

    study, worker = begin(run, deadline=time.monotonic() - 1)
    worker.work()
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE]


def test_the_time_ends_a_trial_whose_parameters_come_again(begin):
    deadline = time.monotonic() + 3600

    def run(point, report):
        if point is not None:
            worker._deadline = time.monotonic() - 1
            report(1, 0.1)
        return value(point, report)

    study, worker = begin(run, deadline=deadline)
    worker.work()
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.WAITING]

    study, worker = begin(value)
    worker.work()
    assert study.trials[2].params == study.trials[1].params
    assert sum(trial.state == TrialState.COMPLETE for trial in study.trials) == 12


def test_what_ends_its_process_three_times_does_not_come_again(begin, space, tmp_path):
    study, _ = begin(value)
    locks = Locks.of(str(tmp_path / "study.journal"), "study")
    numbers = [
        claim(study, space.distributions, locks, seed=0, n_trials=9, is_late=False).number
        for _ in range(5)  # nobody holds any of them, so each counts as abandoned
    ]
    locks.close()
    trials = study.trials
    starts = [trial.number for trial in trials if START in trial.user_attrs]
    assert starts == [0, 1, 2]
    assert numbers == [0, 1, 2, 3, 4]
    assert trials[3].params == trials[4].params != trials[0].params


def test_another_study_of_the_name_is_refused(begin, space, tmp_path):
    _, worker = begin(value, n_trials=1)
    worker.work()
    storage = str(tmp_path / "study.journal")
    locks = Locks.of(storage, "study")
    with pytest.raises(StudyError, match=r"data 'sha256:1' and not 'sha256:2'; name another"):
        open_study(storage, "study", {**IDENTITY, "data": "sha256:2"}, space.start, locks)
    locks.close()
    assert len(load_study(storage, "study").trials) == 1


def test_a_line_tells_of_each_trial(begin, capsys):
    _, worker = begin(value, n_trials=2)
    worker.work()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("trial 0: 50.00, best 50.00 of 0, 0.")
