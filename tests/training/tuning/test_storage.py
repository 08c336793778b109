import multiprocessing
import os
import signal
import time

import optuna
import pytest

from training.errors import StudyError
from training.tuning.storage import load_study, open_storage, shown

optuna.logging.set_verbosity(optuna.logging.WARNING)
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(params=["{}/deep/study.journal", "sqlite:///{}/study.db"])
def storage(request, tmp_path):
    return request.param.format(tmp_path)


def make(storage, name="study"):
    return optuna.create_study(storage=open_storage(storage, create=True), study_name=name)


def test_a_study_is_found_again(storage):
    make(storage).optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    found = load_study(storage, "study")
    assert [trial.state.name for trial in found.trials] == ["COMPLETE"] * 3
    assert load_study(storage).study_name == "study"


def test_of_several_studies_one_is_named(storage):
    make(storage, "a")
    make(storage, "b")
    assert load_study(storage, "b").study_name == "b"
    with pytest.raises(StudyError, match=r"its only one.*; it has a, b"):
        load_study(storage)
    with pytest.raises(StudyError, match="no study 'c'; it has a, b"):
        load_study(storage, "c")


def test_reading_makes_no_journal(tmp_path):
    with pytest.raises(StudyError, match="no such journal"):
        load_study(str(tmp_path / "gone.journal"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("nonsense://x", "nonsense"),
        ("postgresql://me:secret@127.0.0.1:1/x", "127.0.0.1:1/x cannot be opened"),
        ("sqlite:////proc/none/x.db", "unable to open database file"),
        ("/proc/none/x.journal", "/proc/none"),
    ],
)
def test_what_cannot_be_opened_is_one_line_without_the_password(storage, message):
    with pytest.raises(StudyError) as refused:
        open_storage(storage, create=True)
    assert message in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(StudyError, match=r"picture\.png cannot be opened"):
        load_study(str(path))


def test_the_password_is_not_shown():
    assert shown("postgresql://me:secret@host/x") == "postgresql://me:***@host/x"
    assert shown("var/tune/x.journal") == "var/tune/x.journal"


def test_an_unfinished_line_is_taken_back(tmp_path):
    storage = str(tmp_path / "study.journal")
    make(storage).optimize(lambda trial: 1.0, n_trials=2)
    with (tmp_path / "study.journal").open("ab") as file:
        file.write(b'{"op_code":4,"work')
    load_study(storage, "study").optimize(lambda trial: 2.0, n_trials=1)
    assert [trial.value for trial in load_study(storage, "study").trials] == [1.0, 1.0, 2.0]


def hold_the_lock(storage, held):
    open_storage(storage)._backend._lock.acquire()
    held.set()
    time.sleep(600)


def test_a_dead_process_lets_go_of_the_journal(tmp_path):
    storage = str(tmp_path / "study.journal")
    study = make(storage)
    held = SPAWN.Event()
    process = SPAWN.Process(target=hold_the_lock, args=(storage, held))
    process.start()
    assert held.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    study.optimize(lambda trial: 1.0, n_trials=1)
    assert len(load_study(storage).trials) == 1


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n")
    with pytest.raises(StudyError, match=r"notes\.txt cannot be opened as a storage of studies"):
        open_storage(str(path), create=True)
    assert path.read_text() == "buy milk\n"
