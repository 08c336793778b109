"""Which purchases are left out, and how many for which reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from training.split import TEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

Dropped = dict[str, int]
"""Numbers of dropped rows by reason; a reason that drops none is not in it."""


def incomplete(purchases: pd.DataFrame) -> tuple[pd.DataFrame, Dropped]:
    """Drop rows that lack a value in any column; each counts for the first that it lacks."""
    dropped: Dropped = {}
    for column in purchases:
        present = purchases[column].notna().to_numpy()
        purchases, lacking = _keep(purchases, present, f"no {str(column).removesuffix('_id')}")
        dropped |= lacking
    return purchases, dropped


def not_bought(purchases: pd.DataFrame) -> tuple[pd.DataFrame, Dropped]:
    """Drop rows with a quantity of 0 or below, such as returns."""
    if "quantity" not in purchases:
        return purchases, {}
    return _keep(purchases, (purchases["quantity"] > 0).to_numpy(), "quantity of 0 or below")


def rare_products(purchases: pd.DataFrame, min_customers: int) -> tuple[pd.DataFrame, Dropped]:
    """Drop products with fewer than `min_customers` distinct customers.

    What comes from a test file does not count. Splits at random and in time come after this: of
    products that are common in all the data.
    """
    customers = pd.factorize(purchases["customer_id"])[0]
    products, product_ids = pd.factorize(purchases["product_id"])
    is_test = (purchases["part"] == TEST).to_numpy()
    pairs = np.unique((products * len(purchases) + customers)[~is_test])
    n_customers = np.bincount(pairs // len(purchases), minlength=len(product_ids))
    is_common = n_customers[products] >= min_customers
    return _keep(purchases, is_common | is_test, f"product with under {min_customers} customers")


def unknown_in_test(purchases: pd.DataFrame) -> tuple[pd.DataFrame, Dropped]:
    """Drop rows of test whose product or customer is nowhere else: no model can know them."""
    dropped: Dropped = {}
    for column in ("product_id", "customer_id"):
        is_test = (purchases["part"] == TEST).to_numpy()
        known = purchases[column].isin(purchases.loc[~is_test, column].unique()).to_numpy()
        reason = f"test {column.removesuffix('_id')} not in train"
        purchases, unknown = _keep(purchases, known | ~is_test, reason)
        dropped |= unknown
    return purchases, dropped


def _keep(
    purchases: pd.DataFrame, wanted: NDArray[np.bool_], reason: str
) -> tuple[pd.DataFrame, Dropped]:
    n_dropped = int((~wanted).sum())
    return (purchases[wanted], {reason: n_dropped}) if n_dropped else (purchases, {})
