import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from training import pair_files
from training.errors import ColumnError
from training.sources import SourceFile

WriteFile = Callable[[str, str], SourceFile]


@pytest.mark.parametrize(
    "text",
    [
        "1 10\n1 10\n2 11\n",
        "1\t10\n1\t10\n2\t11\n",
        "1,10\n1,10\n2,11\n",
        "customer,product\n1,10\n1,10\n2,11\n",
        "product_id,rating,Customer ID\n10,5,1\n10,4,1\n11,3,2\n",
        "user_id:token\titem_id:token\n1\t10\n1\t10\n2\t11\n",
        "userId;movieId\n1;10\n1;10\n2;11\n",
    ],
)
def test_the_columns_are_found_and_repeats_stay(write_file: WriteFile, text: str) -> None:
    frame = pair_files.read([write_file("train.txt", text)])
    assert frame.to_dict("list") == {
        "customer_id": ["1", "1", "2"],
        "product_id": ["10", "10", "11"],
    }


def test_a_gzip_file_without_a_header_separated_by_spaces(tmp_path: Path) -> None:
    path = tmp_path / "train.txt.gz"
    path.write_bytes(gzip.compress(b"anna milk 86400\nanna  bread 0\nbob milk 86400\n"))
    frame = pair_files.read([SourceFile("train.txt.gz", path)])
    assert frame["customer_id"].tolist() == ["anna", "anna", "bob"]
    assert frame["product_id"].tolist() == ["milk", "bread", "milk"]
    assert frame["time"].dt.strftime("%F").tolist() == ["1970-01-02", "1970-01-01", "1970-01-02"]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    pd.DataFrame({"item": [10], "user": [1], "timestamp": [pd.Timestamp(0)]}).to_parquet(path)
    frame = pair_files.read([SourceFile("train.parquet", path)])
    assert frame.columns.tolist() == ["customer_id", "product_id", "time"]
    assert frame.iloc[0].tolist() == ["1", "10", pd.Timestamp(0)]


def test_the_time_stays_only_if_every_file_has_it(write_file: WriteFile) -> None:
    files = [write_file("1.txt", "a x 5\n"), write_file("2.txt", "b y\n")]
    assert pair_files.read(files).to_dict("list") == {
        "customer_id": ["a", "b"],
        "product_id": ["x", "y"],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buyer,thing\n1,10\n", "cannot tell customer and product among the columns buyer, thing"),
        ("user,thing\na,x\n", "call them customer, product and time"),
        ("1 10 5 1234\n", "columns without a header: 4; give customer, product and perhaps time"),
        ("1\n2\n", "columns without a header: 1"),
        ("1 10 soon\n", r"column 'time', row 1: 'soon' is not a time"),
    ],
)
def test_what_cannot_be_told_is_said(write_file: WriteFile, text: str, words: str) -> None:
    with pytest.raises(ColumnError, match=f"train.txt: .*{words}"):
        pair_files.read([write_file("train.txt", text)])


def test_ids_that_are_words_are_no_header(write_file: WriteFile) -> None:
    assert len(pair_files.read([write_file("train.txt", "anna,milk\nbob,bread\n")])) == 2
    assert len(pair_files.read([write_file("train.txt", "anna,10\nbob,11\n")])) == 2
