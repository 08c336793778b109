import multiprocessing
import os
import signal
import time

import pytest

from training.tuning.locks import Locks

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def locks(tmp_path):
    made = Locks(tmp_path / "deep" / "study.lock", "here")
    yield made
    made.close()


def run_trial_3(path, held):
    locks = Locks(path, "here")
    locks.hold(3)
    held.set()
    time.sleep(600)


def test_a_trial_is_held_until_its_process_dies(locks, tmp_path):
    held = SPAWN.Event()
    process = SPAWN.Process(target=run_trial_3, args=(tmp_path / "deep" / "study.lock", held))
    process.start()
    assert held.wait(60)
    assert [locks.is_free(trial) for trial in (2, 3, 4)] == [True, False, True]
    with locks.claiming():  # is another lock
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert locks.is_free(3)


def count_up(path, counter, n):
    locks = Locks(path, "here")
    for _ in range(n):
        with locks.claiming():
            counter.write_text(str(int(counter.read_text()) + 1))


def test_one_process_claims_at_a_time(tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [
        SPAWN.Process(target=count_up, args=(tmp_path / "study.lock", counter, 200))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert counter.read_text() == "400"


def test_the_place_of_a_database_is_this_machine_and_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    of_database = Locks.of("sqlite:///x.db", "a/b")
    assert of_database.place.endswith(f":{tmp_path}/var/tune/a%2Fb.lock")
    of_journal = Locks.of("deep/x.journal", "a")
    assert of_journal.place == "journal"
    assert (tmp_path / "deep" / "x.journal.a.lock").exists()
    for locks in (of_database, of_journal):
        locks.close()
