"""From purchases to baskets in order, and from baskets to (customer, product) pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def baskets_in_order(purchases: pd.DataFrame) -> pd.DataFrame:
    """Sum the purchases of one product in one basket, and put the baskets in order.

    Parameters
    ----------
    purchases : DataFrame
        customer_index, product_index (int32), basket (int, equal within a basket), part (int8)
        and, where the source has them, time, quantity, revenue. One product in one basket is
        in one part.

    Returns
    -------
    DataFrame
        One row per (customer_index, basket, product_index), sorted by them; basket (int32)
        counts each customer's baskets from 0 in order of time, of equals (and without a time)
        in order of appearance.
    """
    how = {"part": "first", "time": "first", "quantity": "sum", "revenue": "sum"}
    keys = ["customer_index", "basket", "product_index"]
    ordered = purchases.assign(basket=_ordinals(purchases)).groupby(keys, as_index=False)
    return ordered.agg({column: each for column, each in how.items() if column in purchases})


def _ordinals(purchases: pd.DataFrame) -> NDArray[np.int32]:
    """Count every customer's baskets from 0; int32 (n_rows,)."""
    _, first_rows, basket = np.unique(
        purchases["basket"].to_numpy(), return_index=True, return_inverse=True
    )
    heads = purchases.iloc[first_rows]
    customers = heads["customer_index"].to_numpy()
    by = [first_rows] + ([heads["time"].to_numpy()] if "time" in heads else []) + [customers]
    order = np.lexsort(by)
    starts = np.searchsorted(customers[order], customers[order], side="left")
    ordinals = np.empty(len(order), np.int32)
    ordinals[order] = np.arange(len(order)) - starts
    return ordinals[basket]


def pairs_of(baskets: pd.DataFrame) -> pd.DataFrame:
    """Sum baskets to one row per (part, customer, product).

    Parameters
    ----------
    baskets : DataFrame
        As from `baskets_in_order`, with ``part`` (int8).

    Returns
    -------
    DataFrame
        part (int8), customer_index, product_index, baskets (int32) and, where `baskets` has
        them, quantity, revenue (float64), first_time, last_time; sorted by the first three.
    """
    wanted = {"baskets": ("basket", "size")}
    wanted |= {c: (c, "sum") for c in ("quantity", "revenue") if c in baskets}
    if "time" in baskets:
        wanted |= {"first_time": ("time", "min"), "last_time": ("time", "max")}
    keys = ["part", "customer_index", "product_index"]
    pairs = baskets.groupby(keys, as_index=False).agg(**wanted)
    return pairs.astype({"baskets": np.int32})
