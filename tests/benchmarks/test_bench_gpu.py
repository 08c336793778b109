import csv

from benchmarks import bench_gpu

SIZES = ["--interactions=20000", "--customers=300", "--products=200", "--dim=8", "--k=10"]


def test_a_small_run_on_the_cpu_writes_what_it_measured(tmp_path, capsys):
    given = [*SIZES, "--batch-size=1024", "--block=128", "--device=cpu", f"--out={tmp_path}"]
    bench_gpu.main(given)
    text = (tmp_path / "gpu.md").read_text()
    assert capsys.readouterr().out == text
    assert "generated, 20,000 interactions, 300 x 200, 8 dim" in text
    assert "GPU: none" in text
    with (tmp_path / "gpu.csv").open() as file:
        found = {row["measure"]: float(row["value"]) for row in csv.DictReader(file)}
    assert found["steps"] == 20
    assert found["epoch s"] > 0
    assert 0 < found["bare s"] / found["ours s"] == found["bare / ours"]
