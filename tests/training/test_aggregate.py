import numpy as np
import pandas as pd

from training.aggregate import baskets_in_order, pairs_of


def purchases(with_more: bool = True) -> pd.DataFrame:
    """Customer 0 has baskets 7 (day 5), 3 (day 1), 9 (day 5); customer 1 has basket 4 (day 2)."""
    rows = [
        # customer, product, basket, part, day, quantity, revenue
        (0, 2, 7, 0, 5, 1.0, 10.0),
        (0, 2, 7, 0, 5, 2.0, 20.0),
        (1, 2, 4, 2, 2, 1.0, 1.0),
        (0, 1, 3, 1, 1, 4.0, 4.0),
        (0, 2, 3, 0, 1, 1.0, 5.0),
        (0, 1, 9, 1, 5, 1.0, 2.0),
    ]
    names = ["customer_index", "product_index", "basket", "part", "day", "quantity", "revenue"]
    frame = pd.DataFrame(rows, columns=names)
    frame["time"] = np.datetime64("2026-01-01", "us") + pd.to_timedelta(frame["day"], unit="D")
    types = {"customer_index": np.int32, "product_index": np.int32, "part": np.int8}
    frame = frame.drop(columns="day").astype(types)
    return frame if with_more else frame[["customer_index", "product_index", "basket", "part"]]


def day(frame: pd.Series) -> list[int]:  # type: ignore[type-arg]
    return (frame.dt.day - 1).tolist()


def test_baskets_in_order_of_time() -> None:
    baskets = baskets_in_order(purchases())
    assert baskets.columns.tolist() == [
        *("customer_index", "basket", "product_index", "part", "time", "quantity", "revenue")
    ]
    # Basket 3 is customer 0's first; 7 and 9 are at one time, and 7 appears first.
    assert baskets["customer_index"].tolist() == [0, 0, 0, 0, 1]
    assert baskets["basket"].tolist() == [0, 0, 1, 2, 0]
    assert baskets["product_index"].tolist() == [1, 2, 2, 1, 2]
    assert baskets["part"].tolist() == [1, 0, 0, 1, 2]
    assert day(baskets["time"]) == [1, 1, 5, 5, 2]
    assert baskets["quantity"].tolist() == [4, 1, 3, 1, 1]
    assert baskets["revenue"].tolist() == [4, 5, 30, 2, 1]


def test_pairs_sum_their_part_s_baskets() -> None:
    pairs = pairs_of(baskets_in_order(purchases()))
    assert pairs[["part", "customer_index", "product_index"]].to_numpy().tolist() == [
        [0, 0, 2],
        [1, 0, 1],
        [2, 1, 2],
    ]
    assert pairs["baskets"].tolist() == [2, 2, 1]
    assert pairs["quantity"].tolist() == [4, 5, 1]
    assert pairs["revenue"].tolist() == [35, 6, 1]
    assert day(pairs["first_time"]) == [1, 1, 2]
    assert day(pairs["last_time"]) == [5, 5, 2]


def test_what_the_source_lacks_is_absent() -> None:
    baskets = baskets_in_order(purchases(with_more=False))
    # Without a time the baskets are in order of appearance: 7, 3, 9.
    assert baskets[["customer_index", "basket", "product_index", "part"]].to_numpy().tolist() == [
        [0, 0, 2, 0],
        [0, 1, 1, 1],
        [0, 1, 2, 0],
        [0, 2, 1, 1],
        [1, 0, 2, 2],
    ]
    assert baskets.shape[1] == 4
    pairs = pairs_of(baskets)
    assert pairs.columns.tolist() == ["part", "customer_index", "product_index", "baskets"]
    assert pairs["baskets"].tolist() == [2, 2, 1]


def test_types() -> None:
    baskets = baskets_in_order(purchases())
    pairs = pairs_of(baskets)
    assert {column: str(dtype) for column, dtype in baskets.dtypes.items()} == {
        "customer_index": "int32",
        "basket": "int32",
        "product_index": "int32",
        "part": "int8",
        "time": "datetime64[us]",
        "quantity": "float64",
        "revenue": "float64",
    }
    assert {column: str(dtype) for column, dtype in pairs.dtypes.items()} == {
        "part": "int8",
        "customer_index": "int32",
        "product_index": "int32",
        "baskets": "int32",
        "quantity": "float64",
        "revenue": "float64",
        "first_time": "datetime64[us]",
        "last_time": "datetime64[us]",
    }
