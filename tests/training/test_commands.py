"""The command line, as a person and a program use it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recommender import artifact
from training.commands import main

ROOT = Path(__file__).parents[2]
TOML = """
name = "checkerboard"
[split]
kind = "files"
train = "train.csv"
test = "test.csv"
[model]
estimator = "spotlight"
[model.parameters]
n_epochs = 60
batch_size = 64
embedding_dim = 8
"""


@pytest.fixture
def config(checkerboard, tmp_path, monkeypatch):
    """Write the checkerboard's configuration into an empty current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_bytes((checkerboard.folder / name).read_bytes())
    (tmp_path / "checkerboard.toml").write_text(TOML)
    return "checkerboard.toml"


def answer(capsys, *arguments):
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_whole_way(config, capsys):
    prepared = answer(capsys, "prepare", "--config", config)
    assert (prepared["customers"], prepared["products"]) == (24, 24)

    made = answer(capsys, "run", "--config", config, "--out", "model")
    loaded = artifact.load(Path("model"))
    assert made["digest"] == loaded.digest
    assert made["metrics"] == loaded.manifest.metrics
    assert loaded.manifest.lineage["data"]["digest"] == prepared["digest"]
    assert loaded.manifest.lineage["config"]["model"]["parameters"]["n_epochs"] == 60

    measured = answer(capsys, "evaluate", "--config", config, "--model", "model")
    assert measured | {"model": "checkerboard"} == made["metrics"]
    assert measured["n_customers"] == 23
    assert measured["recall"]["30"] == {"mean": 1.0, "low": 1.0, "high": 1.0}

    predicted = answer(capsys, "predict", "--model", "model", "--k", 2, "--out", "recs.parquet")
    assert predicted["rows"] == pq.read_metadata("recs.parquet").num_rows == 48
    assert predicted["digest"] == loaded.digest


def test_what_a_person_reads(config, capsys):
    assert main(["run", "--config", config, "--out", "model"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["recall@30", "recall@50"]
    assert [line.split()[0] for line in lines[1:4]] == ["checkerboard", "popularity", "difference"]
    assert lines[-1].startswith("model: sha256:")


def test_the_report_of_a_model_beside_its_champion(config, capsys):
    made = answer(capsys, "run", "--config", config, "--out", "model")
    report = ["report", "--config", config, "--model", "model", "--against", "model"]
    written = answer(capsys, *report, "--k", "3", "--out", "report")
    assert written["digest"] == made["digest"]
    assert {path.name for path in Path("report").iterdir()} == set(written["files"])
    assert "recall-curve.png" in written["files"]
    page = Path("report", "report.html").read_text(encoding="utf-8")
    assert "What the recommendations of checkerboard are worth" in page
    assert "the model and the champion find the same" in page
    assert main([*report, "--out", "report"]) == 0  # an older one is replaced
    assert capsys.readouterr().out.splitlines()[0] == "report/report.html"


def test_the_baseline_is_spotlight_at_its_defaults_with_popularity_beside_it(config, capsys):
    measured = answer(capsys, "baseline", "--config", config)
    assert (measured["model"], measured["split"], measured["k"]) == ("spotlight", "test", [30, 50])
    assert set(measured["baselines"]) == {"popularity"}


def test_the_same_inputs_and_seed_give_the_same_bytes_in_another_process(config, capsys):
    here = answer(capsys, "fit", "--config", config, "--out", "here")
    there = subprocess.run(
        [sys.executable, "-m", "training", "fit", "--config", config, "--out", "there", "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(there.stdout)["digest"] == here["digest"]
    other = answer(capsys, "fit", "--config", config, "--seed", "1", "--out", "other")
    assert other["digest"] != here["digest"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("prepare --config gone.toml", 2, "gone.toml: no such file"),
        ("prepare --config {config} --set split.seed=-1", 2, "split.seed = -1"),
        ("prepare --config {config} --set split.train=gone.csv", 1, "gone.csv"),
        (
            "fit --config {config} --set model.estimator=oracle --out model",
            2,
            "'oracle' is unknown",
        ),
        ("fit --config {config} --set model.parameters.dim=3 --out model", 2, "no such parameter"),
        ("fit --config {config} --out .", 1, "holds no model; name another folder"),
        ("fit --config {config} --set model.parameters.l2=-1 --out model", 2, "l2 = -1"),
        ("run --config {config} --out test.csv/model", 1, "File exists: 'test.csv'"),
        ("predict --model gone --out .", 1, "is no file"),
        ("predict --model gone --out /dev/full", 1, "/dev/full is there and is no file"),
        ("evaluate --config {config} --split validation --model gone", 1, "gone"),
        ("evaluate --config {config} --model gone", 1, "gone"),
        ("report --config {config} --model gone --out .", 1, "holds no report"),
        ("report --config {config} --model gone --out report", 1, "gone"),
        ("evaluate --config {config} --model s3://x", 2, "s3://x"),
        ("predict --model gone --out recs.parquet", 1, "gone"),
        ("baseline --config {config} --device cuda", 2, "no CUDA device can be used"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(config, capfd, arguments, code, message):
    if "cuda" in arguments and pytest.importorskip("torch").cuda.is_available():
        pytest.skip("there is a CUDA device")
    before = {path.name for path in Path().iterdir()}
    assert main(arguments.format(config=config).split()) == code
    out, error = capfd.readouterr()
    lines = [line for line in error.splitlines() if not line.startswith("prepare: ")]
    assert out == ""
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert {path.name for path in Path().iterdir()} - before <= {"var"}


def test_one_purchase_in_all_is_refused(config, capsys):
    Path("train.csv").write_text("c,p\n")
    Path("test.csv").write_text("c,p\n")
    assert main(["run", "--config", config, "--out", "model"]) == 1
    assert "customers left: 1, and at least 2 are needed" in capsys.readouterr().err


def test_the_cut_offs_and_the_mode_that_are_measured(config, capsys):
    assert main(["run", "--config", config, "--out", "model"]) == 0
    capsys.readouterr()
    evaluate = ["evaluate", "--config", config, "--model", "model"]
    measured = answer(capsys, *evaluate, "--k", "5", "1", "5", "500")
    assert (measured["k"], measured["mode"]) == ([1, 5, 500], "discover")
    assert measured["recall"]["500"]["mean"] == 1
    assert main([*evaluate, "--mode", "guess"]) == 1
    assert "mode is 'guess'; this model has discover" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("forecast", "invalid choice"),
        ("fit --config x --out y --seed -1", "seed is '-1'; it must be a whole number from 0"),
        ("fit --config x --out y --seed 4294967296", "to 4294967295"),
        (
            "predict --model x --out y --k 501",
            "k is '501'; it must be a whole number from 1",
        ),
    ],
)
def test_wrong_usage_exits_with_2(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_part_without_purchases_is_not_measured(config, capsys):
    arguments = ["run", "--config", config, "--out", "model", "--set", "split.validation=0"]
    assert main(arguments) == 0
    capsys.readouterr()
    measure = ["evaluate", "--config", config, "--model", "model", "--split", "validation"]
    assert main([*measure, "--set", "split.validation=0"]) == 1
    assert "split 'validation' holds no purchases" in capsys.readouterr().err


def test_interrupted_while_it_is_being_imported_it_says_so(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "training", "--help"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while "numpy" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == "error: interrupted; nothing was done\n"
    assert process.returncode == 130


def test_every_command_explains_itself(capsys):
    for command in ("prepare", "baseline", "fit", "evaluate", "report", "predict", "run"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert "--json" in capsys.readouterr().out
