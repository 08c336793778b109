import logging

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from training.errors import StudyError
from training.report.study import open_studies, study_figures


@pytest.fixture
def study():
    optuna.logging.set_verbosity(logging.WARNING)
    return optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))


def objective(trial):
    x = trial.suggest_float("x", 1e-3, 1, log=True)
    loss = trial.suggest_categorical("loss", ["bpr", "hinge"])
    if loss == "hinge":
        trial.suggest_int("only_of_hinge", 1, 3)
    return x + (loss == "bpr")


def test_each_trial_and_the_best_so_far(study):
    study.optimize(objective, n_trials=8)
    drawn = study_figures(study)
    assert list(drawn) == ["history", "importances", "parallel"]
    trials, best = drawn["history"].axes[0].lines
    values = [trial.value for trial in study.trials]
    assert list(trials.get_ydata()) == values
    assert list(best.get_ydata()) == [max(values[: i + 1]) for i in range(8)]
    labels = [label.get_text() for label in drawn["parallel"].axes[0].get_xticklabels()]
    assert labels == ["loss", "x"]  # what all trials share
    ends = [text.get_text() for text in drawn["parallel"].axes[0].texts]
    assert ends[:2] == ["bpr", "hinge"]


def test_the_smallest_is_the_best_where_that_is_asked():
    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=5)
    best = study_figures(study)["history"].axes[0].lines[1].get_ydata()
    assert best[-1] == min(trial.value for trial in study.trials)


def test_too_few_trials_to_tell(study):
    assert study_figures(study) == {}
    study.optimize(objective, n_trials=1)
    assert list(study_figures(study)) == ["history"]


def test_unfinished_trials_are_left_out(study):
    study.optimize(objective, n_trials=3)
    study.ask()
    assert len(study_figures(study)["history"].axes[0].lines[0].get_xdata()) == 3


def test_all_studies_of_a_journal_and_of_a_database(tmp_path):
    journal = JournalStorage(JournalFileBackend(str(tmp_path / "journal.log")))
    database = f"sqlite:///{tmp_path / 'studies.db'}"
    for name, storage in (("a", journal), ("b", journal), ("c", database)):
        optuna.create_study(study_name=name, storage=storage)
    found = open_studies([str(tmp_path / "journal.log"), database])
    assert [study.study_name for study in found] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("{}/gone.journal", "no such journal"),
        ("what://x", "cannot be opened"),
        ("{}/empty", "holds no study"),
    ],
)
def test_what_is_no_storage(storage, message, tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(StudyError, match=message):
        open_studies([storage.format(tmp_path)])
