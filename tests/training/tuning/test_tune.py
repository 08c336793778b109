"""Tuning as a person does it: the command, its processes, and what it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from optuna.trial import TrialState

from training.commands import main
from training.config_file import load
from training.errors import StudyError
from training.tuning.storage import load_study

ROOT = Path(__file__).parents[3]
CONFIG = """
name = "checkerboard"
[split]
kind = "files"
train = "train.csv"
test = "test.csv"
validation = 0.05
[model]
estimator = "spotlight"
[model.parameters]
n_epochs = {n_epochs}
batch_size = 64
embedding_dim = 2
"""
SPACE = """
[embedding_dim]
low = 2
high = 16
[learning_rate]
low = 1e-4
high = 0.1
log = true
"""
TUNE = (
    "tune",
    "--config",
    "board.toml",
    "--space",
    "space.toml",
    "--k",
    "2",
    "--out",
    "tuned.toml",
)


@pytest.fixture(params=[20])
def folder(request, checkerboard, tmp_path, monkeypatch):
    """Write the checkerboard's configuration, data and space into an empty current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_bytes((checkerboard.folder / name).read_bytes())
    (tmp_path / "board.toml").write_text(CONFIG.format(n_epochs=request.param))
    (tmp_path / "space.toml").write_text(SPACE)
    return tmp_path


def answer(capsys, *arguments):
    assert main([*TUNE, *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def start(folder):
    """Return a function that starts the command in a process, which ends with the test."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "training", *TUNE, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def end(process):
    """Wait until a process has done all that was asked."""
    error = process.communicate(timeout=300)[1]
    assert process.returncode == 0, error


def trials():
    try:
        return load_study("var/tune/checkerboard.journal").trials
    except StudyError:  # it is being made
        return []


def wait_until(is_so):
    deadline = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def n_finished():
    return sum(trial.state in {TrialState.COMPLETE, TrialState.PRUNED} for trial in trials())


def is_running():
    return any(trial.state == TrialState.RUNNING for trial in trials())


def require_each_once(n_trials):
    """Raise unless the study has so many finished trials, and each that was cut off is among them.

    Nothing is tried twice but what was cut off, whose first attempts have failed.
    """
    found = trials()
    points = [tuple(sorted(trial.params.items())) for trial in found]
    finished = Counter(
        point
        for trial, point in zip(found, points, strict=True)
        if trial.state in {TrialState.COMPLETE, TrialState.PRUNED}
    )
    assert finished.total() == n_trials
    assert set(finished.values()) == {1}
    failed = [p for t, p in zip(found, points, strict=True) if t.state == TrialState.FAIL]
    assert set(filter(None, failed)) <= set(finished)
    assert len(found) == n_trials + len(failed)


def test_the_best_is_written_as_a_configuration_that_runs(folder, capsys):
    tuned = answer(capsys, "--trials", 6)
    assert (tuned["k"], tuned["mode"], tuned["seed"]) == (2, "discover", 0)
    assert sum(tuned["trials"].values()) == 6
    assert tuned["value"] >= tuned["value_at_start"]
    config = load(Path("tuned.toml"))
    assert config.model.parameters == tuned["parameters"]
    assert config.tuned.items() <= tuned.items()
    assert trials()[tuned["trial"]].value == tuned["value"]
    assert main(["run", "--config", "tuned.toml", "--out", "model"]) == 0
    manifest = json.loads(Path("model/manifest.json").read_text())
    assert manifest["lineage"]["config"]["tuned"]["study"] == tuned["study"]


def test_the_same_command_gives_the_same_and_goes_on_for_more(folder, capsys):
    short = answer(capsys, "--trials", 4)
    Path("var/tune/checkerboard.journal").rename("aside")
    answer(capsys, "--trials", 2)
    again = answer(capsys, "--trials", 4)
    assert again == short
    assert main([*TUNE, "--trials", "4"]) == 0
    assert "best" not in capsys.readouterr().err  # there was nothing left to do


def test_what_a_person_reads(folder, capsys):
    assert main([*TUNE, "--trials", "2"]) == 0
    out, error = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].startswith("recall@2 on validation, mode 'discover', ")
    assert [line[:10] for line in lines[2:4]] == ["as configu", "popularity"]
    assert "embedding_dim = " in out
    assert lines[-1] == "tuned.toml"
    assert [line for line in error.splitlines() if line.startswith("trial 1: ")]


def test_another_space_is_another_study(folder, capsys):
    one = answer(capsys, "--trials", 1)
    Path("space.toml").write_text("[n_epochs]\nlow = 1\nhigh = 3")
    other = answer(capsys, "--trials", 1)
    assert one["study"] != other["study"]
    named = [*TUNE, "--trials", "1", "--study", one["study"]]
    assert main(named) == 1
    assert f"study {one['study']!r} in var/tune/checkerboard.journal is of space" in (
        capsys.readouterr().err
    )


def test_a_database_will_do(folder, capsys):
    tuned = answer(capsys, "--trials", 2, "--storage", "sqlite:///tune.db", "--study", "mine")
    assert (tuned["study"], tuned["storage"]) == ("mine", "sqlite:///tune.db")
    assert len(load_study("sqlite:///tune.db", "mine").trials) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("--out train.csv", 2, "was not written by tune"),
        ("--space gone.toml", 2, "gone.toml: no such file"),
        ("--set model.parameters.embedding=3", 2, "did you mean embedding_dim"),
        ("--set model.estimator=popularity --set model.parameters={}", 2, "no parameter embedd"),
        ("--storage nonsense://x", 1, "nonsense"),
        ("--mode mixed", 2, "mode is 'mixed', and estimator 'spotlight' learns one mode only"),
        ("--set model.parameters.learning_rate=1e30 --trials 1", 1, "failed, the last: "),
    ],
)
def test_what_goes_wrong_is_one_line(folder, capsys, arguments, code, message):
    assert main([*TUNE, *arguments.split()]) == code
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert not Path("tuned.toml").exists()


@pytest.mark.parametrize("folder", [150], indirect=True)
def test_a_killed_worker_is_made_up_for_by_another(folder, start):
    workers = [start("--trials", 8) for _ in range(2)]
    wait_until(lambda: n_finished() >= 2 and is_running())
    workers[0].kill()
    end(workers[1])
    require_each_once(8)
    assert load(Path("tuned.toml")).tuned["trials"]["complete"] >= 1


@pytest.mark.parametrize("folder", [150], indirect=True)
def test_interrupted_it_says_how_to_go_on(folder, start, capsys):
    process = start("--trials", 1000, "--workers", 2)
    wait_until(lambda: n_finished() >= 2 and is_running())
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=300)[1].splitlines()[-1]
    assert process.returncode == 130
    assert message.startswith("error: interrupted; study checkerboard-spotlight-")
    assert "run the same command again" in message
    assert not Path("tuned.toml").exists()
    assert not is_running()
    n_in_the_end = n_finished() + 6  # both workers may have been cut off, more than once
    answer(capsys, "--trials", n_in_the_end)
    require_each_once(n_in_the_end)


@pytest.mark.long
@pytest.mark.parametrize("folder", [150], indirect=True)
def test_many_workers_killed_again_and_again_lose_and_repeat_nothing(folder, start):
    n_trials = 60
    workers = []
    for n_kills in range(12):
        workers += [start("--trials", n_trials) for _ in range(4 - len(workers))]
        wait_until(lambda n=3 * (n_kills + 1): n_finished() >= n and is_running())
        workers.pop(0).kill()
    for worker in workers:
        end(worker)
    require_each_once(n_trials)
    assert any(trial.state == TrialState.FAIL for trial in trials())


@pytest.mark.long
@pytest.mark.parametrize("folder", [400], indirect=True)
def test_a_killed_command_with_workers_leaves_none_behind_and_is_resumed(folder, start):
    process = start("--trials", 20, "--workers", 2)
    wait_until(lambda: n_finished() >= 3 and is_running())
    process.kill()
    process.wait()
    time.sleep(2)
    n_then = len(trials())
    time.sleep(5)
    assert len(trials()) == n_then
    end(start("--trials", 20))
    require_each_once(20)
