import csv

from benchmarks import bench_registry
from benchmarks.bench_registry import Measured, rows_of


def measured(contender, number, seconds):
    return Measured("minio", "a model", "get", contender, number, 100.0, seconds)


def test_ratios_are_of_one_round():
    seconds = [[1.0, 2.0, 4.0], [2.0, 2.0, 2.0], [4.0, 8.0, 16.0]]
    boto3, ours, hashed = bench_registry.CONTENDERS["get"]
    rows = rows_of(
        [
            measured(name, number, each)
            for name, those in zip((boto3, ours, hashed), seconds, strict=True)
            for number, each in enumerate(those)
        ]
    )
    assert rows == [
        ("minio", "a model", boto3, "50", 1.0, "1.00 to 1.00"),
        ("minio", "a model", ours, "50", 1.0, "0.50 to 2.00"),
        ("minio", "a model", hashed, "12", 0.25, "0.25 to 0.25"),
    ]


def test_a_quick_run_measures_every_contender(tmp_path, capsys, monkeypatch):
    for name in ("ENDPOINT_URL_S3", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION"):
        monkeypatch.setenv(f"AWS_{name}", "")  # which the run sets, and the test takes back
    bench_registry.main(["--quick", "--rounds=1", "--stores=seaweedfs", f"--out={tmp_path}"])

    assert capsys.readouterr().out == (tmp_path / "registry.md").read_text()
    with (tmp_path / "registry.csv").open() as file:
        rows = list(csv.DictReader(file))
    contenders = {name for each in bench_registry.CONTENDERS.values() for name in each}
    assert {(row["model"], row["contender"]) for row in rows} == {
        (model, name) for model in bench_registry.QUICK for name in contenders
    }
    assert all(float(row["seconds"]) > 0 for row in rows)
