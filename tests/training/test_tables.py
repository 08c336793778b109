import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from training import tables
from training.errors import ColumnError, EmptyError, SourceError
from training.sources import SourceFile

WriteFile = Callable[[str, str], SourceFile]


@pytest.mark.parametrize(
    "text",
    [
        "who,what,n\n007,milk,1\n8,,2\n",
        "who\twhat\tn\r\n007\tmilk\t1\r\n8\t\t2\r\n",
        "who;what;n\n007;milk;1\n8;;2",
        '\ufeffwho,what,n\n"007","milk",1\n8,"",2\n',
    ],
)
def test_text_stays_text_and_nothing_is_null(write_file: WriteFile, text: str) -> None:
    table = tables.read(write_file("rows.csv", text), ["what", "who"])
    assert table.data.to_pydict() == {"what": ["milk", None], "who": ["007", "8"]}
    assert (table.name, table.first_row) == ("rows.csv", 2)


def test_runs_of_spaces_separate_too(write_file: WriteFile) -> None:
    file = write_file("rows.txt", "  who  what\n a   milk \nbb  NA\n")
    assert tables.read(file, ["who", "what"]).data.to_pydict() == {
        "who": ["a", "bb"],
        "what": ["milk", "NA"],
    }


def test_a_quoted_value_may_hold_separators_and_lines(write_file: WriteFile) -> None:
    file = write_file("rows.csv", 'who,what\na,"milk, 1 l\nfresh"\n')
    assert tables.read(file, ["what"]).data.to_pydict() == {"what": ["milk, 1 l\nfresh"]}


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"who,what\na,milk\n"))
    assert tables.read(SourceFile("rows", path), ["who"]).data.to_pydict() == {"who": ["a"]}


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"who": [7, 8], "what": ["milk", None], "n": [1.5, 2.0]}).to_parquet(path)
    table = tables.read(SourceFile("rows.parquet", path), ["n", "who"])
    assert table.data.to_pydict() == {"n": [1.5, 2.0], "who": [7, 8]}
    assert table.first_row == 1


def test_a_missing_column_is_named_with_those_there(write_file: WriteFile) -> None:
    with pytest.raises(ColumnError, match=r"rows\.csv: no column 'n'; it has who, what"):
        tables.read(write_file("rows.csv", "who,what\na,milk\n"), ["who", "n"])


def test_a_column_that_is_there_twice(write_file: WriteFile) -> None:
    with pytest.raises(ColumnError, match=r"rows\.csv: more than one column 'what'"):
        tables.read(write_file("rows.csv", "who,what,what\na,b,c\n"), ["who", "what"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "first line is empty"),
        ("\na,b\n", "first line is empty"),
        ("who,what\n", "has columns but no rows"),
        ("who,what", "has columns but no rows"),
    ],
)
def test_an_empty_file(write_file: WriteFile, text: str, words: str) -> None:
    with pytest.raises(EmptyError, match=rf"rows\.csv.*{words}"):
        tables.read(write_file("rows.csv", text), ["who"])


def test_a_row_of_another_length_is_named(write_file: WriteFile) -> None:
    file = write_file("rows.csv", "who,what\na,milk\nb,milk,3\n")
    with pytest.raises(SourceError, match=r"rows\.csv: .*Row #3: Expected 2 columns, got 3"):
        tables.read(file, ["who"])


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet"])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"who,what\n\xff\xfe,\xff\n")
    kind = "Parquet" if name.endswith("parquet") else "text in UTF-8"
    with pytest.raises(SourceError, match=f"{name}: not {kind}"):
        tables.read(SourceFile(name, path), ["who"])


def test_a_gzip_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"who,what\n" + b"a,milk\n" * 9999)[:-20])
    with pytest.raises(SourceError, match="not text"):
        tables.read(SourceFile("rows.csv.gz", path), ["who"])
