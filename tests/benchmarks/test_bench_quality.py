"""Two groups of customers with products of their own: popularity knows nothing of groups."""

import csv

import pytest

from benchmarks import bench_quality


@pytest.fixture(scope="module")
def run(little, tmp_path_factory):
    """Return a function that measures with two points of each grid, and what it kept so far."""
    work = tmp_path_factory.mktemp("work")

    def run(*options):
        out = work / "results"
        places = [f"--configs={little}", f"--work={work}", f"--out={out}"]
        bench_quality.main(["--quick", "--levels", "little", *places, *options])
        with (out / "quality.csv").open() as file:
            return list(csv.DictReader(file)), (out / "quality.md").read_text(), work / "quality"

    return run


@pytest.fixture(autouse=True)
def without_peers(monkeypatch):
    monkeypatch.setenv(bench_quality.PYTHON, "/there/is/no/python")


def test_every_cell_has_popularity_first_and_the_shipped_configuration(run, capsys):
    rows, text, _ = run()
    assert capsys.readouterr().err.startswith("left out: all peers: /there/is/no/python: No such")
    for protocol, (_, mode) in bench_quality.PROTOCOLS.items():
        names = list(dict.fromkeys(r["contender"] for r in rows if r["protocol"] == protocol))
        assert names[0] == "popularity"
        assert names[-1] == bench_quality.SHIPPED
        assert ("own frequency" in names) == (mode == "mixed")
        assert bench_quality._TITLES[protocol] in text
    assert len(rows) == len(bench_quality.MEASURES) * text.count("| little |")


def test_leads_are_paired_differences_of_means(run):
    rows, _, _ = run("--protocols", "R")
    of = {row["contender"]: row for row in rows if (row["measure"], row["k"]) == ("ndcg", "30")}
    best, popularity = of[bench_quality.SHIPPED], of["popularity"]
    lead = float(best["mean"]) - float(popularity["mean"])
    assert float(popularity["lead"]) == pytest.approx(lead, abs=2e-6)
    assert 0 < float(popularity["lead_low"]) < lead < float(popularity["lead_high"])
    assert float(best["lead"]) == 0


def test_what_was_measured_is_kept(run):
    first, _, kept = run("--protocols", "T-all")
    files = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    again, _, _ = run("--protocols", "T-all")
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == files
