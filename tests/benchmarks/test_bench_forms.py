import csv

import numpy as np

from benchmarks import bench_forms
from benchmarks.bench_forms import Form, chosen


def form(family, size, *recalls):
    return Form(family, size, np.array(recalls), 1.0, 1.0, 1.0)


def test_the_smallest_form_that_is_not_surely_behind_is_chosen():
    whole = form("all", 0, 0.5, 0.5, 0.5, 0.5)
    behind = form("top", 50, 0.4, 0.4, 0.4, 0.4)
    alike = form("top", 200, 0.4, 0.6, 0.5, 0.5)
    more = form("top", 500, 0.5, 0.5, 0.5, 0.5)
    poor = form("rank", 64, 0.1, 0.1, 0.1, 0.1)
    assert chosen([whole, behind, alike, more, poor]) == [whole, alike]


def test_a_small_run_writes_every_form(little, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench_forms, "TOP", (5, 39, 1000))
    monkeypatch.setattr(bench_forms, "RANKS", (4, 39))
    given = ["--levels", "little", f"--configs={little}", f"--work={tmp_path}", f"--out={tmp_path}"]
    bench_forms.main(given)
    text = (tmp_path / "forms.md").read_text()
    assert capsys.readouterr().out == text
    with (tmp_path / "forms.csv").open() as file:
        found = {(row["form"], row["size"]): row for row in csv.DictReader(file)}
    assert set(found) == {("all", "0"), ("top", "5"), ("top", "39"), ("rank", "4"), ("rank", "39")}
    assert float(found["top", "39"]["difference"]) == 0  # no product speaks for itself: 39 are all
    few, whole = (float(found[key]["megabytes"]) for key in (("rank", "4"), ("all", "0")))
    assert few < whole
