import csv

from benchmarks import bench_registry
from benchmarks.bench_registry import Measured, rows_of


def measured(contender, number, seconds):
    return Measured("minio", "a model", "get", contender, number, 100.0, seconds)


def test_ratios_are_of_one_round():
    boto3, *_ = bench_registry.CONTENDERS["get"]
    rows = rows_of(
        [
            *(measured(boto3, number, seconds) for number, seconds in enumerate([1.0, 2.0, 4.0])),
            *(measured("pull", number, seconds) for number, seconds in enumerate([2.0, 2.0, 2.0])),
        ]
    )
    assert rows == [
        ("minio", "a model", boto3, "50", 1.0, "1.00 to 1.00"),
        ("minio", "a model", "pull", "50", 1.0, "0.50 to 2.00"),
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
