import csv

from benchmarks import bench_answer, generated


def test_every_step_of_an_answer_is_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench_answer, "REPETITIONS", 2)
    monkeypatch.setattr(generated, "SHAPES", {"little": ("factors", 300)})
    model = generated.write(tmp_path / "model", "little")
    bench_answer.main([f"--model={model}", "--generated", "little", f"--out={tmp_path}"])
    assert capsys.readouterr().out == (tmp_path / "answer.md").read_text()
    with (tmp_path / "answer.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == ["given"] * 12 + ["little"] * 12
    found = {row["step"]: float(row["microseconds"]) for row in rows}
    assert all(time > 0 for time in found.values())
    assert found["whole answer, neither parsed nor encoded"] > found["ranking"]
