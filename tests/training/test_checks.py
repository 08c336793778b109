import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from training import checks
from training.errors import ColumnError
from training.tables import Table


def column(values: list[Any], type_: pa.DataType | None = None, first_row: int = 2) -> Table:
    return Table("rows.csv", pa.table({"x": pa.array(values, type_)}), first_row)


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        (["a", "", None, " b"], pa.string(), ["a", None, None, " b"]),
        ([7, None, -1], pa.int64(), ["7", None, "-1"]),
        ([7.0, None, float("nan")], pa.float64(), ["7", None, None]),
        ([7.5, 8.0], pa.float64(), ["7.5", "8"]),
        ([None, None], pa.string(), [None, None]),
        (["a", "b", "a"], pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a"]),
        ([True, False], pa.bool_(), ["true", "false"]),
    ],
)
def test_texts(values: list[Any], type_: pa.DataType, expected: list[str | None]) -> None:
    texts = checks.texts(column(values, type_), "x")
    assert texts.dtype == "str"
    assert [text if isinstance(text, str) else None for text in texts] == expected


@pytest.mark.parametrize("values", [[["a"], ["b"]], [1.0, float("inf")], [2e19, 1.0]])
def test_what_is_no_text(values: list[Any]) -> None:
    with pytest.raises(ColumnError, match=r"rows\.csv: column 'x' holds .*; give texts or whole"):
        checks.texts(column(values), "x")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", " 2.5", "-3e2", None], [1, 2.5, -300, np.nan]),
        ([1, None, 3], [1, np.nan, 3]),
        ([Decimal("1.25"), None], [1.25, np.nan]),
    ],
)
def test_numbers(values: list[Any], expected: list[float]) -> None:
    numbers = checks.numbers(column(values), "x")
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, expected)


@pytest.mark.parametrize("wrong", ["two", "1,5", "inf", "1 2"])
def test_the_first_value_that_is_no_number_is_named(wrong: str) -> None:
    message = rf"rows\.csv: column 'x', row 4: '{wrong}' is not a finite number.*\(2 such rows\)"
    with pytest.raises(ColumnError, match=message):
        checks.numbers(column(["1", None, wrong, "4", "five"]), "x")


def test_rows_count_from_the_first() -> None:
    with pytest.raises(ColumnError, match="row 1: 'a' is"):
        checks.numbers(column(["a"], first_row=1), "x")


@pytest.mark.parametrize("values", [[["a"]], [{"a": 1}], [dt.date(2026, 11, 24)]])
def test_a_column_of_another_kind_has_no_numbers(values: list[Any]) -> None:
    with pytest.raises(ColumnError, match="column 'x'"):
        checks.numbers(column(values), "x")


MOMENT = dt.datetime(2026, 11, 24, 8, 30)
SECONDS = 1795509000


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["2026-11-24T08:30:00", None], None),
        (["2026-11-24 08:30", None], None),
        (["2026-11-24T09:30:00+01:00", None], None),
        ([str(SECONDS), None], None),
        ([SECONDS, None], None),
        ([float(SECONDS), None], None),
        ([SECONDS * 1000, None], None),
        (["24/11/2026 08.30", None], "%d/%m/%Y %H.%M"),
        ([MOMENT, None], None),
        ([MOMENT.replace(tzinfo=dt.UTC), None], None),
    ],
)
def test_times(values: list[Any], pattern: str | None) -> None:
    times = checks.times(column(values), "x", pattern)
    assert times.dtype == "datetime64[us]"
    np.testing.assert_array_equal(
        times, np.array(["2026-11-24T08:30:00", "NaT"], dtype="datetime64[us]")
    )


def test_dates_are_times() -> None:
    times = checks.times(column(["2026-11-24", "2026-11-25"]), "x", None)
    same = checks.times(column([dt.date(2026, 11, 24), dt.date(2026, 11, 25)]), "x", None)
    np.testing.assert_array_equal(times, same)
    assert (times[1] - times[0]) == np.timedelta64(1, "D")


def test_eight_digits_are_a_date() -> None:
    times = checks.times(column([20261124, None, 20260101]), "x", None)
    assert times.astype("datetime64[D]").astype(str).tolist() == ["2026-11-24", "NaT", "2026-01-01"]
    with pytest.raises(ColumnError, match="row 3: '20261301' is not a time"):
        checks.times(column([20261124, 20261301]), "x", None)


def test_fractions_of_a_second_stay() -> None:
    times = checks.times(column(["0.25", "1.5"]), "x", None)
    np.testing.assert_array_equal(times.astype(np.int64), [250_000, 1_500_000])


@pytest.mark.parametrize(
    ("value", "pattern", "words"),
    [
        ("soon", None, "row 3: 'soon' is not a time; write ISO 8601"),
        ("1795509000", None, "row 3: '1795509000' is not a time"),
        ("24/11/2026", None, "set data.time_format"),
        ("2026-13-01", None, "row 3: '2026-13-01' is not a time"),
        ("24/11/26", "%d/%m/%Y", "row 3: '24/11/26' does not match data.time_format = '%d/%m/%Y'"),
    ],
)
def test_what_is_no_time_is_named(value: str, pattern: str | None, words: str) -> None:
    right = "2026-11-24" if pattern is None else "24/11/2026"
    with pytest.raises(ColumnError, match="column 'x'") as caught:
        checks.times(column([right, value]), "x", pattern)
    assert words in str(caught.value)


def test_a_column_that_begins_with_numbers_holds_numbers() -> None:
    with pytest.raises(ColumnError, match="row 4: '2026-11-24' is not a time"):
        checks.times(column([None, "1795509000", "2026-11-24"]), "x", None)


def test_a_number_beyond_all_times() -> None:
    with pytest.raises(ColumnError, match="row 2: '99999999999999999999' is not a time"):
        checks.times(column(["9" * 20, "1795509000"]), "x", None)


def test_a_time_of_day_is_no_time() -> None:
    with pytest.raises(ColumnError, match="is not a time"):
        checks.times(column([dt.time(8, 30)]), "x", None)
