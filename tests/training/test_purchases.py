from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from training import purchases
from training.config import DataConfig
from training.errors import ColumnError
from training.sources import SourceFile

WriteFile = Callable[[str, str], SourceFile]


def test_columns_come_under_their_meanings_from_all_files(write_file: WriteFile) -> None:
    data = DataConfig(
        source=("unused",), customer="who", product="what", time="at", quantity="n", revenue="paid"
    )
    first = write_file("1.csv", "at,who,what,n,paid,more\n2026-01-01,007,milk,2,1.5,x\n")
    second = write_file("2.tsv", "what\twho\tpaid\tn\tat\n\tb\t-1\t0\t\n")
    frame = purchases.read([first, second], data)
    expected = pd.DataFrame(
        {
            "customer_id": pd.Series(["007", "b"], dtype="str"),
            "product_id": pd.Series(["milk", None], dtype="str"),
            "time": pd.Series(["2026-01-01", None], dtype="datetime64[us]"),
            "quantity": [2.0, 0.0],
            "revenue": [1.5, -1.0],
        }
    )
    pd.testing.assert_frame_equal(frame, expected)


def test_a_file_that_lacks_a_named_column_is_named(write_file: WriteFile) -> None:
    data = DataConfig(source=("unused",), time="at")
    files = [
        write_file("1.csv", "customer,product,at\na,b,1\n"),
        write_file("2.csv", "customer,product\na,b\n"),
    ]
    with pytest.raises(ColumnError, match=r"2\.csv: no column 'at'"):
        purchases.read(files, data)


def frame(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns | {"part": np.int8(0)})


def test_one_basket_has_one_time_its_first() -> None:
    rows = frame(
        customer_id=["a", "a", "b", "a"],
        product_id=["x", "y", "x", "x"],
        basket_id=["1", "1", "1", "2"],
        time=list(pd.to_datetime(["2026-01-02", "2026-01-01", "2026-01-03", "2026-01-04"])),
    )
    with_baskets = purchases.with_baskets(rows)
    assert "basket_id" not in with_baskets
    assert with_baskets["basket"].tolist() == [0, 0, 1, 2]
    assert with_baskets["time"].dt.day.tolist() == [1, 1, 3, 4]


def test_without_a_basket_the_time_makes_it_and_repeats_make_more() -> None:
    day = pd.Timestamp("2026-01-01")
    rows = frame(
        customer_id=["a", "a", "b", "a", "a"],
        product_id=["x", "y", "x", "x", "x"],
        time=[day, day, day, day, day + pd.Timedelta(1, "D")],
    )
    # Rows 0 and 1 are one basket; row 3 repeats row 0, so it is another; row 4 is another day.
    assert purchases.with_baskets(rows)["basket"].tolist() == [0, 0, 1, 2, 3]


def test_without_basket_and_time_every_row_is_a_basket() -> None:
    rows = frame(customer_id=["a", "a"], product_id=["x", "x"])
    assert purchases.with_baskets(rows)["basket"].tolist() == [0, 1]


def test_train_and_test_share_no_basket() -> None:
    rows = frame(
        customer_id=["a", "a"], product_id=["x", "y"], time=[pd.Timestamp("2026-01-01")] * 2
    ).assign(part=np.array([0, 2], np.int8))
    assert purchases.with_baskets(rows)["basket"].tolist() == [0, 1]
