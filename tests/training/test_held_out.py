"""Held-out purchases, as the registry reads them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.model import Model
from registry.gate import held_out as files
from registry.gate.comparison import compare
from training import held_out
from training.commands import main
from training.errors import DataError
from training.evaluate import evaluate
from training.prepared import Prepared


def test_the_registry_reads_what_was_held_out(prepared: Prepared, tmp_path: Path) -> None:
    out = tmp_path / "new" / "held-out.json"

    assert held_out.write(prepared, "test", out) == 23

    found = files.read(out)
    assert found.purchases == {f"c{n:02}": (f"p{n:02}",) for n in range(1, 24)}
    assert (found.data, found.part) == (prepared.digest, "test")
    assert [path.name for path in out.parent.iterdir()] == ["held-out.json"]


def test_the_gate_finds_what_evaluate_finds(
    prepared: Prepared, model: Model, tmp_path: Path
) -> None:
    held_out.write(prepared, "test", tmp_path / "held-out.json")
    purchases = files.read(tmp_path / "held-out.json")

    evaluation = evaluate(model, prepared.matrix("test"), split="test", cut_offs=[2])
    found = compare(model, model.by_popularity("discover"), purchases, "discover", 2, int)

    assert found.n_customers == evaluation.n_customers
    assert found.leads["recall", "all"]["all customers"] == evaluation.difference[2]


def test_every_part_is_what_it_says(prepared: Prepared) -> None:
    purchases = held_out.purchases(prepared, "validation")

    assert sum(map(len, purchases.values())) == prepared.counts["pairs"]["validation"]


def test_an_empty_part_is_refused(prepared: Prepared, tmp_path: Path) -> None:
    without = replace(prepared, counts={"pairs": {"test": 0}})

    with pytest.raises(DataError, match="split 'test' holds no purchases"):
        held_out.write(without, "test", tmp_path / "held-out.json")


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.csv").write_text("customer,product\na,x\na,y\nb,x\nb,y\n")
    Path("test.csv").write_text("customer,product\na,y\nb,x\n")
    Path("set.toml").write_text(
        'name = "set"\n[split]\nkind = "files"\ntrain = "train.csv"\ntest = "test.csv"\n'
    )

    command = ["held-out", "--config", "set.toml", "--prepared", "prepared", "--out", "held.json"]
    assert main([*command, "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "out": "held.json",
        "customers": 2,
        "purchases": 2,
    }
    assert files.read(Path("held.json")).purchases == {"a": ("y",), "b": ("x",)}
