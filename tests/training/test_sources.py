from collections.abc import Sequence
from pathlib import Path

import pytest

from training.errors import SourceError
from training.sources import SourceFile, local_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv", "c.txt", "deep/d.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def names(source: Sequence[str], folder: Path) -> list[str]:
    with local_files(source, folder, "transactions") as files:
        return [str(file.path.relative_to(folder)) for file in files]


def test_paths_come_in_their_order_and_patterns_by_name(folder: Path) -> None:
    assert names(["c.txt", "*.csv"], folder) == ["c.txt", "a.csv", "b.csv"]
    assert names(["**/*.csv"], folder) == ["a.csv", "b.csv", "deep/d.csv"]
    assert names([str(folder / "c.txt")], folder) == ["c.txt"]


def test_after_the_configuration_s_folder_comes_the_current_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "deep")
    with local_files(["d.csv"], folder, "transactions") as files:
        assert files == [SourceFile("d.csv", Path("d.csv"))]
    with local_files(["*.csv"], folder, "transactions") as files:
        assert [file.path for file in files] == [folder / "a.csv", folder / "b.csv"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("none.csv", "no such file: .*/none.csv; relative paths start at"),
        ("none*.csv", r"no file matches .*/none\*\.csv"),
        ("deep", r"deep is a folder; name its files, for example .*deep/\*\.parquet"),
        ("s3://bucket", "s3://bucket names no object; write s3://BUCKET/KEY"),
    ],
)
def test_what_is_not_there_is_named(folder: Path, source: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        names([source], folder)


@pytest.mark.parametrize("table", ["transactions", "products"])
def test_the_demo_set_has_both_tables(folder: Path, table: str) -> None:
    with local_files(["complete-journey"], folder, table) as (file,):
        assert file.path.name == f"{table}.parquet"


def test_the_content_s_hash(folder: Path) -> None:
    (folder / "abc").write_bytes(b"abc")  # The example of FIPS 180-2.
    assert SourceFile("abc", folder / "abc").sha256() == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_a_server_that_does_not_answer_is_an_error_of_the_source(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(
        SourceError, match=r"s3://bucket/rows\.csv: .*check the URL and AWS_ENDPOINT"
    ):
        names(["s3://bucket/rows.csv"], folder)
