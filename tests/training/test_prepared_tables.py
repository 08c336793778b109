from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.config import Config
from training.config_file import from_dict
from training.errors import EmptyError, SplitError
from training.prepared_tables import tables_of, usable

TIME = {"kind": "time", "test": 0.2, "validation": 0.25}
FILES = {"kind": "files", "train": "x", "test": "y"}


def configured(split: dict[str, Any], min_customers: int = 1) -> Config:
    tables: dict[str, Any] = {
        "name": "shop",
        "min_customers": min_customers,
        "split": split,
        "model": {"estimator": "popularity"},
    }
    if split.get("kind") != "files":
        tables["data"] = {"source": "x", "time": "t", "quantity": "n"}
    return from_dict(tables, where="shop.toml")


def purchases(text: str, part: int = 0) -> pd.DataFrame:
    """One row a word: customer, product, day (one character each) and, if not 1, quantity."""
    words = text.split()
    days = np.array([int(word[2]) for word in words]) * np.timedelta64(1, "D")
    return pd.DataFrame(
        {
            "customer_id": pd.Series([word[0] for word in words], dtype="str"),
            "product_id": pd.Series([word[1] for word in words], dtype="str"),
            "time": np.datetime64("2026-01-01", "us") + days,
            "quantity": [float(word[3:] or 1) for word in words],
            "part": np.int8(part),
        }
    )


def files(train: str, test: str) -> pd.DataFrame:
    both = pd.concat([purchases(train), purchases(test, part=2)], ignore_index=True)
    return both.drop(columns="quantity")


def prepared(read: pd.DataFrame, config: Config) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    return tables_of(usable(read, None, config)[0], None, config)


def pairs_in(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Each pair as part, customer, product and number of baskets."""
    pairs = tables["pairs"]
    customers = tables["customers"]["customer_id"].take(pairs["customer_index"])
    products = tables["products"]["product_id"].take(pairs["product_index"])
    columns = zip(pairs["part"], customers, products, pairs["baskets"], strict=True)
    return [f"{part}{customer}{product}{n}" for part, customer, product, n in columns]


def test_split_by_time() -> None:
    # Days 0 to 5: test is what comes after day 4, validation after day 3.
    read = purchases("bx0 ax0 ax0 ay1 ax3 by4 ax5 bx5-1 cy2")
    tables, counts = prepared(read, configured(TIME))
    assert tables["customers"]["customer_id"].tolist() == ["a", "b", "c"]
    assert tables["products"]["product_id"].tolist() == ["x", "y"]
    assert pairs_in(tables) == ["0ax3", "0ay1", "0bx1", "0cy1", "1by1", "2ax1"]
    assert counts == {
        "customers": 3,
        "products": 2,
        "baskets": 8,
        "pairs": {"train": 4, "validation": 1, "test": 1},
        "period": {
            "first": "2026-01-01T00:00:00",
            "last": "2026-01-06T00:00:00",
            "train_end": "2026-01-04T00:00:00",
            "validation_end": "2026-01-05T00:00:00",
        },
    }
    assert tables["baskets"]["part"].sum() == 1 + 2


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), min_size=12),
    st.integers(0, 99),
)
def test_split_at_random(pairs: list[tuple[str, str]], seed: int) -> None:
    read = purchases(" ".join(f"{customer}{product}0" for customer, product in pairs))
    distinct = {f"{customer}{product}" for customer, product in pairs}
    n_test = round(0.25 * len(distinct))
    n_validation = round(0.25 * (len(distinct) - n_test))
    config = configured({"test": 0.25, "validation": 0.25, "seed": seed})
    try:
        tables, counts = prepared(read, config)
    except (EmptyError, SplitError):
        assert min(len({pair[0] for pair in distinct}), n_test) <= 1
        return
    found = pairs_in(tables)
    assert sorted(pair[1:3] for pair in found) == sorted(distinct)
    assert sum(int(pair[3:]) for pair in found) == len(pairs)
    assert counts["pairs"]["test"] == n_test
    assert counts["pairs"]["validation"] == n_validation
    again = prepared(read.sample(frac=1, random_state=seed), config)[0]
    pd.testing.assert_frame_equal(again["pairs"], tables["pairs"])


def test_files_keep_their_test_and_choose_validation_from_train() -> None:
    read = files("ax0 ax0 ay0 bx0 by0", "ax1 by1 cz1 az1 cx1")
    config = configured(FILES | {"validation": 0.5})
    left, dropped = usable(read, None, config)
    assert dropped == {"test product not in train": 2, "test customer not in train": 1}
    tables, counts = tables_of(left, None, config)
    assert counts["pairs"] == {"train": 2, "validation": 2, "test": 2}
    found = pairs_in(tables)
    assert [pair for pair in found if pair[0] == "2"] == ["2ax1", "2by1"]
    assert sorted(pair[1:] for pair in found if pair[0] != "2") == ["ax2", "ay1", "bx1", "by1"]


def test_every_step_counts_what_it_drops() -> None:
    read = purchases("ax0 bx0 ay0 by0 bz0 ax1-2 ax2")
    read.loc[6, "customer_id"] = None
    left, dropped = usable(read, None, configured({}, min_customers=2))
    assert len(left) == 4
    assert dropped == {
        "no customer": 1,
        "quantity of 0 or below": 1,
        "product with under 2 customers": 1,
    }


@pytest.mark.parametrize(
    ("text", "min_customers", "words"),
    [
        (
            "ax0 ay0",
            1,
            "customers left: 1, and at least 2 are needed, of 2 rows; dropped were none",
        ),
        ("ax0 bx0", 1, "products left: 1, and at least 2 are needed"),
        ("ax0 by0", 2, r"customers left: 0.*dropped were 2 \(product with under 2 customers\)"),
        ("ax0-1 by0-1", 1, r"customers left: 0.*dropped were 2 \(quantity of 0 or below\)"),
    ],
)
def test_too_little_left(text: str, min_customers: int, words: str) -> None:
    with pytest.raises(EmptyError, match=words):
        usable(purchases(text), None, configured({}, min_customers))


def test_nothing_left_of_the_test_files() -> None:
    with pytest.raises(EmptyError, match=r"nothing left of the test files.*2 \(test product not"):
        usable(files("ax0 by0", "az0 bz0"), None, configured(FILES))


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({"test": 0.1}, r"test = 0\.1 leaves test without any of 4 pairs"),
        ({"test": 0.99}, "leaves train without any of 4 pairs"),
        ({"kind": "random", "test": 0.6, "validation": 0.9}, "leaves train without any"),
    ],
)
def test_an_empty_part(split: dict[str, Any], words: str) -> None:
    read = purchases("ax0 ay0 bx0 by9")
    with pytest.raises(SplitError, match=words):
        prepared(read, configured(split))


def test_validation_may_be_empty_as_only_tuning_needs_it() -> None:
    _, counts = prepared(purchases("ax0 ay0 bx0 by9"), configured(TIME))
    assert counts["pairs"] == {"train": 3, "validation": 0, "test": 1}


def test_a_part_that_is_not_asked_for_may_be_empty() -> None:
    config = configured({"test": 0, "validation": 0})
    _, counts = prepared(purchases("ax0 by0"), config)
    assert counts["pairs"] == {"train": 2, "validation": 0, "test": 0}
