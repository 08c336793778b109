import csv
import shutil

import pytest

from benchmarks import bench_serving, generated, wrk
from benchmarks.bench_serving import BARE, BATCHING, Measured, body_of, rows_of
from benchmarks.wrk import Asked, Load
from recommender import artifact

OUTPUT = """\
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.21ms    2.34ms  33.17ms   95.1%
  Latency Distribution
     50%  488.00us
     75%    1.10ms
     99%    1.20s
  30540 requests in 4.00s, 10.66MB read
Requests/sec:   7634.27
"""


def measured(contender, number, cpu):
    return Measured("a model", "GET", 8, contender, number, Load(1000.0, 1.0, 2.0, cpu))


def test_ratios_are_of_one_round():
    costs = {BARE: [100.0, 200.0, 400.0], BATCHING: [125.0, 200.0, 800.0]}
    rows = rows_of([measured(name, n, cpu) for name in costs for n, cpu in enumerate(costs[name])])

    assert rows == [
        ("a model", "GET", "8", BARE, "1000", 1.0, 2.0, "200", 1.0),
        ("a model", "GET", "8", BATCHING, "1000", 1.0, 2.0, "200", 0.8),
    ]


def test_what_wrk_prints_is_read():
    padded = OUTPUT.replace("1.20s", "1.20s ")  # to the width of other units
    assert wrk.read(padded) == (30540, 7634.27, 0.488, 1200.0)


@pytest.mark.parametrize("fault", ["  Non-2xx or 3xx responses: 7", "  Socket errors: connect 1"])
def test_answers_that_are_not_right_are_not_measured(fault):
    with pytest.raises(wrk.ClientError, match=fault.strip()):
        wrk.read(OUTPUT + fault)


def test_a_body_asks_for_as_many_customers(tmp_path):
    body = body_of(['ana "a"', "bo"], 3, seed=0)
    script = wrk.write_script(tmp_path / "asked.lua", [Asked("/x", body)]).read_text()

    assert body.count(b"customer_id") == 3
    assert r"ana \\\"a\\\"" in script


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_a_short_run_measures_every_contender(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(generated.SHAPES, "factors-10k", ("factors", 500))
    arguments = ["--generated=factors-10k", "--rounds=1", "--seconds=1", "--connections", "2"]
    bench_serving.main([*arguments, f"--out={tmp_path}"])

    assert capsys.readouterr().out == (tmp_path / "serving.md").read_text()
    with (tmp_path / "serving.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["question"] for row in rows} == set(bench_serving.questions(["ana"]))
    assert all(float(row["cpu_us"]) > 0 for row in rows)


@pytest.mark.parametrize("name", generated.SHAPES)
def test_a_generated_model_can_be_read(tmp_path, monkeypatch, name):
    kind, _ = generated.SHAPES[name]
    monkeypatch.setitem(generated.SHAPES, name, (kind, 200))
    loaded = artifact.load(generated.write(tmp_path / name, name))

    assert {each.kind for each in loaded.model.scorers.values()} == {kind, "popularity"}
