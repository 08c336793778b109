"""Columns of a table as ids, numbers and times; a value of the wrong type names its row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.errors import ColumnError, ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.tables import Table

_MILLISECONDS_FROM = 1e11
"""As seconds such numbers lie beyond the year 5000, so they are milliseconds."""
_NO_TIME_FROM = 1e14
"""As milliseconds such numbers lie beyond the year 5000 as well."""


def texts(table: Table, column: str) -> pd.Series[str]:
    """Read a column of ids or words.

    Returns
    -------
    Series of str
        Whole numbers without a decimal point; NaN where there is no value or an empty text.

    Raises
    ------
    ColumnError
        If the column holds lists or the like, or numbers too large to be exact.
    """
    values = table.data[column]
    try:
        if pa.types.is_floating(values.type):
            # Ids that had a missing one among them often come as floats: 17.0 is "17".
            values = pc.if_else(pc.is_nan(values), None, values)
            is_whole = pc.all(pc.equal(pc.floor(values), values)).as_py()
            values = pc.cast(values, pa.int64()) if is_whole else values
        values = pc.cast(values, pa.large_string())
    except pa.ArrowException as error:
        raise ColumnError(
            f"{table.name}: column {column!r} holds {values.type} that are no ids or words "
            f"({error}); give texts or whole numbers"
        ) from error
    values = pc.if_else(pc.equal(values, ""), None, values)
    return cast("pd.Series[str]", values.to_pandas().astype("str"))


def numbers(table: Table, column: str) -> NDArray[np.float64]:
    """Read a column of numbers; NaN where there is no value.

    Raises
    ------
    ColumnError
        If a value is not a finite number.
    """
    values = table.data[column]
    if pa.types.is_temporal(values.type):
        raise ColumnError(f"{table.name}: column {column!r} holds {values.type}; give numbers")
    given = values.to_pandas()
    parsed = pd.to_numeric(given, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = given.notna().to_numpy() & ~np.isfinite(parsed)
    _refuse(table, column, given, wrong, "is not a finite number; write it as in 12.50")
    return cast("NDArray[np.float64]", parsed)


def times(table: Table, column: str, pattern: str | None) -> NDArray[np.datetime64]:
    """Read a column of times.

    Parameters
    ----------
    pattern : str or None
        As in ``strptime``. None takes timestamps, dates, ISO 8601 (20261124 is a date), and
        other numbers as seconds or milliseconds since 1970.

    Returns
    -------
    datetime64[us] (n_rows,)
        In UTC where the source says its zone; NaT where there is no value.

    Raises
    ------
    ColumnError
        If a value is not a time.
    """
    values = table.data[column]
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        stamps = pc.cast(values, pa.timestamp("us"), safe=False)
        return cast("NDArray[np.datetime64]", stamps.to_numpy())
    given = texts(table, column)
    parsed = _parsed_times(given, pattern)
    remedy = (
        f"does not match data.time_format = {pattern!r}"
        if pattern
        else "is not a time; write ISO 8601, as in 2026-11-24T08:30:00, or set data.time_format"
    )
    _refuse(table, column, given, given.notna().to_numpy() & np.isnat(parsed), remedy)
    return parsed


def _parsed_times(given: pd.Series[str], pattern: str | None) -> NDArray[np.datetime64]:
    """Parse texts; NaT for what is not a time."""
    if pattern is None and _is_number_of_seconds(next(iter(given.dropna()), "")):
        seconds = pd.to_numeric(given, errors="coerce")
        scale = 1e3 if seconds.abs().max() >= _MILLISECONDS_FROM else 1e6
        microseconds = (
            (seconds * scale).where(seconds.abs() < _NO_TIME_FROM).round().astype("Int64")
        )
        return cast(
            "NDArray[np.datetime64]",
            microseconds.to_numpy("datetime64[us]", na_value=np.datetime64("NaT", "us")),
        )
    try:
        stamps = pd.to_datetime(given, format=pattern or "ISO8601", errors="coerce", utc=True)
    except ValueError as error:  # of the pattern: values only become NaT
        raise ConfigError(
            f"data.time_format = {pattern!r} is not allowed: {error}; write it as for strptime"
        ) from error
    return stamps.dt.tz_localize(None).to_numpy("datetime64[us]")


def _is_number_of_seconds(text: str) -> bool:
    """Whether a column that begins like this holds numbers; eight digits are a date."""
    return bool(re.fullmatch(r"[+-]?\d+(\.\d*)?", text)) and not re.fullmatch(r"\d{8}", text)


def _refuse(
    table: Table, column: str, given: pd.Series[Any], wrong: NDArray[np.bool_], remedy: str
) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise ColumnError(
            f"{table.name}: column {column!r}, row {row + table.first_row}: "
            f"{given.iloc[row]!r} {remedy}{_and_more(int(wrong.sum()))}"
        )


def _and_more(n_wrong: int) -> str:
    return "" if n_wrong == 1 else f" ({n_wrong:,} such rows)"
