"""The tables of a prepared data set, from purchases and catalogue: frames in, frames out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from training import aggregate, catalogue, filters, purchases, split
from training.config import FilesSplit, FractionSplit
from training.errors import EmptyError, SplitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from training.config import Config
    from training.filters import Dropped

Tables = dict[str, pd.DataFrame]


def usable(
    read: pd.DataFrame, known: pd.DataFrame | None, config: Config
) -> tuple[pd.DataFrame, Dropped]:
    """Keep the purchases to learn from, with ``product_id`` at the configured level.

    Parameters
    ----------
    read : DataFrame
        Purchases as the sources give them, with ``part``: test where a file says so, else train.
    known : DataFrame or None
        The catalogue.

    Returns
    -------
    DataFrame
        Purchases with ``basket``; at least two customers and two products.
    dict of str to int
        How many rows were dropped, by reason.

    Raises
    ------
    EmptyError
        If too little is left.
    """
    steps: list[Callable[[pd.DataFrame], tuple[pd.DataFrame, Dropped]]] = [
        filters.incomplete,
        filters.not_bought,
        lambda rows: (purchases.with_baskets(rows), {}),
    ]
    if known is not None and not config.is_product_level:
        steps.append(lambda rows: catalogue.at_level(rows, known, config.level))
    steps += [
        lambda rows: filters.rare_products(rows, config.min_customers),
        filters.unknown_in_test,
    ]
    rows, dropped = read, dict[str, int]()
    for step in steps:
        rows, of_step = step(rows)
        dropped |= of_step
    _check_enough(read, rows, dropped)
    return rows, dropped


def _check_enough(read: pd.DataFrame, rows: pd.DataFrame, dropped: Dropped) -> None:
    reasons = ", ".join(f"{n:,} ({reason})" for reason, n in dropped.items()) or "none"
    of = f"of {len(read):,} rows; dropped were {reasons}"
    for column in ("customer_id", "product_id"):
        n_left = rows[column].nunique()
        if n_left < 2:
            what = f"{column.removesuffix('_id')}s"
            raise EmptyError(
                f"{what} left: {n_left}, and at least 2 are needed, {of}; "
                "give more data, lower min_customers, or choose another level"
            )
    if (read["part"] == split.TEST).any() and not (rows["part"] == split.TEST).any():
        raise EmptyError(f"nothing left of the test files, {of}")


def tables_of(
    rows: pd.DataFrame, known: pd.DataFrame | None, config: Config
) -> tuple[Tables, dict[str, Any]]:
    """Split usable purchases and sum them to the tables of a prepared data set.

    Returns
    -------
    dict of str to DataFrame
        customers, products, pairs and baskets, and above the product level details and
        detail_products, as `training.prepared` describes them.
    dict
        Their counts, and the period.

    Raises
    ------
    SplitError
        If train, or a test that is asked for, would be empty.
    """
    customer_index, customer_ids = pd.factorize(rows["customer_id"], sort=True)
    product_index, product_ids = pd.factorize(rows["product_id"], sort=True)
    rows = rows.drop(columns=["customer_id", "product_id"]).assign(
        customer_index=customer_index.astype(np.int32),
        product_index=product_index.astype(np.int32),
    )
    rows["part"], ends = _parts(rows, config.split)
    baskets = aggregate.baskets_in_order(rows.drop(columns="detail_id", errors="ignore"))
    pairs = aggregate.pairs_of(baskets)
    _check_parts(pairs, config.split)
    tables = {
        "customers": pd.DataFrame({"customer_id": customer_ids}),
        "products": catalogue.products(product_ids, known, config),
        "pairs": pairs,
        "baskets": baskets,
    }
    if known is not None and "detail_id" in rows:
        tables |= _details(rows, known, config)
    return tables, _counts(tables) | {"period": _period(rows) | ends}


def _details(rows: pd.DataFrame, known: pd.DataFrame, config: Config) -> Tables:
    """Return the baskets in single products, and what is known of these."""
    detail_index, detail_ids = pd.factorize(rows["detail_id"], sort=True)
    columns = ["customer_index", "basket", "part", *(["time"] if "time" in rows else [])]
    single = rows[columns].assign(product_index=detail_index.astype(np.int32))
    details = aggregate.baskets_in_order(single).rename(columns={"product_index": "detail_index"})
    return {"details": details, "detail_products": catalogue.details(detail_ids, known, config)}


def _parts(
    rows: pd.DataFrame, how: FractionSplit | FilesSplit
) -> tuple[NDArray[np.int8], dict[str, Any]]:
    """Assign every row to a part; int8 (n_rows,), and the last times of parts if time splits."""
    if isinstance(how, FractionSplit) and how.kind == "time":
        times = rows["time"].to_numpy()
        ends = split.time_cuts(times, how.test, how.validation)
        train_end, validation_end = (pd.Timestamp(end).isoformat() for end in ends)
        named = {"train_end": train_end, "validation_end": validation_end}
        return split.time_parts(times, *ends), named
    parts = rows["part"].to_numpy(copy=True)
    open_rows = parts == split.TRAIN
    pair_keys = rows["customer_index"].to_numpy(np.int64) << 32 | rows["product_index"].to_numpy()
    pairs, pair_of_row = np.unique(pair_keys[open_rows], return_inverse=True)
    test = 0.0 if isinstance(how, FilesSplit) else how.test
    parts[open_rows] = split.random_parts(len(pairs), test, how.validation, how.seed)[pair_of_row]
    return parts, {}


def _check_parts(pairs: pd.DataFrame, how: FractionSplit | FilesSplit) -> None:
    """Refuse an empty train, and an empty test that is asked for; only tuning needs validation."""
    for part, is_needed in ((split.TRAIN, True), (split.TEST, how.test != 0)):
        if is_needed and not (pairs["part"] == part).any():
            raise SplitError(
                f"split.kind = {how.kind!r} with validation = {how.validation} and test = "
                f"{how.test!r} leaves {split.PARTS[part]} without any of {len(pairs):,} pairs; "
                "change the fractions, or set that part's to 0"
            )


def _counts(tables: Tables) -> dict[str, Any]:
    parts = tables["pairs"]["part"].value_counts()
    return {
        "customers": len(tables["customers"]),
        "products": len(tables["products"]),
        "baskets": int(tables["baskets"][["customer_index", "basket"]].drop_duplicates().shape[0]),
        "pairs": {name: int(parts.get(part, 0)) for part, name in enumerate(split.PARTS)},
    }


def _period(rows: pd.DataFrame) -> dict[str, Any]:
    if "time" not in rows:
        return {}
    return {"first": rows["time"].min().isoformat(), "last": rows["time"].max().isoformat()}
