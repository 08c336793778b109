from typing import Any

import numpy as np
import pandas as pd
import pytest

from training import filters


def frame(rows: list[str], part: list[int] | None = None, **more: Any) -> pd.DataFrame:
    """Rows are written "customer product", "-" for none."""
    ids = [[None if word == "-" else word for word in row.split()] for row in rows]
    columns = pd.DataFrame(ids, columns=["customer_id", "product_id"], dtype="str")
    return columns.assign(part=np.array(part or [0] * len(rows), np.int8), **more)


def kept(purchases: pd.DataFrame) -> list[str]:
    return (purchases["customer_id"] + " " + purchases["product_id"]).tolist()


def test_a_row_counts_for_the_first_value_it_lacks() -> None:
    rows = frame(
        ["a x", "- x", "b -", "- -", "c y"],
        time=pd.to_datetime(["2026", "2026", "2026", "2026", None]),
        quantity=[1.0, 1.0, 1.0, 1.0, np.nan],
    )
    left, dropped = filters.incomplete(rows)
    assert kept(left) == ["a x"]
    assert dropped == {"no customer": 2, "no product": 1, "no time": 1}


def test_returns_are_dropped() -> None:
    left, dropped = filters.not_bought(frame(["a x", "a y", "b x"], quantity=[0.5, 0.0, -1.0]))
    assert kept(left) == ["a x"]
    assert dropped == {"quantity of 0 or below": 2}


def test_without_a_quantity_everything_is_bought() -> None:
    assert filters.not_bought(frame(["a x"]))[1] == {}


@pytest.mark.parametrize(
    ("min_customers", "expected"),
    [(1, ["a x", "a x", "b x", "a y", "a y"]), (2, ["a x", "a x", "b x"]), (3, [])],
)
def test_customers_count_once_each(min_customers: int, expected: list[str]) -> None:
    rows = frame(["a x", "a x", "b x", "a y", "a y"])
    left, dropped = filters.rare_products(rows, min_customers)
    assert kept(left) == expected
    n_dropped = 5 - len(expected)
    reason = f"product with under {min_customers} customers"
    assert dropped == ({reason: n_dropped} if n_dropped else {})


def test_customers_in_test_do_not_make_a_product_common() -> None:
    rows = frame(["a x", "b x", "a y", "b y"], part=[0, 0, 0, 2])
    left, dropped = filters.rare_products(rows, 2)
    assert kept(left) == ["a x", "b x", "b y"]
    assert dropped == {"product with under 2 customers": 1}


def test_what_only_test_knows_is_dropped() -> None:
    rows = frame(["a x", "b y", "a y", "a z", "c x", "c z"], part=[0, 0, 2, 2, 2, 2])
    left, dropped = filters.unknown_in_test(rows)
    assert kept(left) == ["a x", "b y", "a y"]
    assert dropped == {"test product not in train": 2, "test customer not in train": 1}


def test_no_row_at_all_is_no_error() -> None:
    for result in (filters.rare_products(frame([]), 2), filters.unknown_in_test(frame([]))):
        assert (len(result[0]), result[1]) == (0, {})
