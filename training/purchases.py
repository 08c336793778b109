"""Purchases: what the sources say, row by row, in columns of our own names.

A frame of purchases has ``customer_id``, ``product_id`` (str), ``basket`` (int64, equal within a
basket), ``part`` (int8) and, where the source has them, ``time`` (datetime64[us], the basket's),
``quantity`` and ``revenue`` (float64).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from training import checks, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from training.config import DataConfig
    from training.sources import SourceFile
    from training.tables import Table


def read(files: Iterable[SourceFile], data: DataConfig) -> pd.DataFrame:
    """Read the source of ``[data]``; rows that cannot be used are still among them.

    Returns
    -------
    DataFrame
        The columns that the configuration names: customer_id, product_id, time, basket_id,
        quantity, revenue.

    Raises
    ------
    DataError
        If a file cannot be read, lacks a column, or has a value of the wrong type.
    """
    columns = data.columns
    read_tables = (tables.read(file, list(columns.values())) for file in files)
    return pd.concat(
        [typed(table, columns, data.time_format) for table in read_tables], ignore_index=True
    )


def typed(table: Table, columns: Mapping[str, str], time_format: str | None = None) -> pd.DataFrame:
    """Take the columns of one table under their meanings, each as its type.

    Parameters
    ----------
    columns : mapping of str to str
        The table's column for each meaning.
    """
    series = {}
    for meaning, column in columns.items():
        if meaning == "time":
            series[meaning] = pd.Series(checks.times(table, column, time_format))
        elif meaning in {"quantity", "revenue"}:
            series[meaning] = pd.Series(checks.numbers(table, column))
        else:
            series[meaning] = checks.texts(table, column)
    return pd.DataFrame(series)


def with_baskets(purchases: pd.DataFrame) -> pd.DataFrame:
    """Find which rows are one basket, and give each row its basket's first time.

    Without ``basket_id``, what a customer buys at one time is one basket, and a line repeated is
    a purchase repeated, in a further basket; without a time as well, each row is a basket. No
    basket is in train and in test.

    Returns
    -------
    DataFrame
        With ``basket`` (int64) in place of ``basket_id``, numbered by first appearance.
    """
    if "basket_id" in purchases:
        keys = purchases[["part", "customer_id", "basket_id"]]
    elif "time" in purchases:
        line = purchases.groupby(["part", "customer_id", "product_id", "time"], sort=False)
        keys = purchases[["part", "customer_id", "time"]].assign(repeat=line.cumcount())
    else:
        return purchases.assign(basket=range(len(purchases)))
    baskets = purchases.drop(columns="basket_id", errors="ignore").assign(
        basket=keys.groupby(list(keys), sort=False).ngroup()
    )
    if "time" in baskets:
        baskets["time"] = baskets.groupby("basket")["time"].transform("min")
    return baskets
