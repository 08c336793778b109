"""Processes that are killed while they keep a model in the BentoML store, and others that read."""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.push import push
from tests.registry.faults.tally import Tally

READER = str(Path(__file__).with_name("bento_reader.py"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Let the processes of this test have a BentoML store of their own."""
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    return tmp_path / "bentoml"


@contextmanager
def reading():
    """Read in a process of its own, and tell afterwards what it saw."""
    seen = {}
    process = subprocess.Popen(
        [sys.executable, READER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
        text=True,
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        try:
            yield seen
        finally:
            process.stdin.close()
            seen.update(json.loads(process.stdout.read()))


@pytest.mark.parametrize("kills", [5, pytest.param(40, marks=pytest.mark.long)])
def test_no_reader_sees_a_half_written_model_whoever_is_killed(
    model, make_artifact, runner, home, kills
):
    contents = {f"f{number}": os.urandom(1 << 20) for number in range(32)}
    folder = make_artifact("model", lineage={"seed": 0}, **contents)
    rng, name = random.Random(0), model.rpartition("/")[2]

    def keep(version):
        runner.start("pull", f"{model}:{version}", "--bento")

    push(folder, f"{model}:v0", bento=False)
    keep("v0")
    assert runner.wait() == 0
    with Tally() as tally:
        number, takes = 0, 0.5
        with reading() as seen:
            while tally.faults < kills:
                number += 1
                push(folder, f"{model}:v{number}", bento=False)
                keep(f"v{number}")
                time.sleep(rng.triangular(0, takes, takes))  # at the end it is put there
                runner.kill()
                if runner.wait() == -9:
                    tally.faults += 1
                else:
                    takes *= 0.9  # it had ended: kill the next ones earlier
                start = time.monotonic()
                keep(f"v{number}")
                code = runner.wait()
                takes = min(takes, time.monotonic() - start)
                tally.check(f"v{number}", holds=code == 0, what=f"exit code {code}")
        tally.check("latest", holds=seen["latest"] == {name: f"v{number}"}, what=str(seen))
        tally.states += seen["reads"]
        tally.violations += seen["wrong"]
        left = [
            path for path in (home / "tmp").rglob("*") if path.is_file() and path.stat().st_size
        ]
        tally.check("at last", holds=not left, what=f"{left} are left")


def test_processes_that_keep_the_same_model_keep_one(model, artifact, runners, home):
    push(artifact, f"{model}:v1", bento=False)
    keepers = [runners() for _ in range(3)]
    with reading() as seen:
        for keeper in keepers:
            keeper.start("pull", f"{model}:v1", "--bento")
        assert [keeper.wait() for keeper in keepers] == [0, 0, 0]

    name = model.rpartition("/")[2]
    assert seen["latest"] == {name: "v1"}
    assert sorted(path.name for path in (home / "models" / name).iterdir()) == ["latest", "v1"]
