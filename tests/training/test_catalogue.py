from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training import catalogue
from training.config import Config
from training.config_file import from_dict
from training.errors import CatalogueError, ColumnError
from training.sources import SourceFile

WriteFile = Callable[[str, str], SourceFile]

CSV = """id,kind,aisle,size
1,RED  WINE,DRINKS,1 L
2,RED  WINE,DRINKS,
3,RED  WINE,GIFTS,2 L
4,Soap,BATH,
5,Soap,AISLE,
6,,BATH,
,RED  WINE,DRINKS,
"""


def configured(level: str = "product", **settings: Any) -> Config:
    table = {"source": "x", "product": "id"} | settings
    return from_dict(
        {
            "name": "shop",
            "level": level,
            "data": {"source": "x"},
            "catalogue": table,
            "model": {"estimator": "popularity"},
        },
        where="shop.toml",
    )


def read(files: list[SourceFile], config: Config) -> pd.DataFrame:
    assert config.catalogue is not None
    return catalogue.read(files, config, config.catalogue)


def purchases(*product_ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"product_id": pd.Series(product_ids, dtype="str"), "quantity": range(len(product_ids))}
    )


def test_rows_without_an_id_are_left_out(write_file: WriteFile) -> None:
    known = read([write_file("c.csv", CSV)], configured("kind", category="aisle"))
    assert known.index.tolist() == ["1", "2", "3", "4", "5", "6"]
    assert known.columns.tolist() == ["aisle", "kind"]


def test_nothing_but_ids_is_a_catalogue_too(write_file: WriteFile) -> None:
    assert read([write_file("c.csv", CSV)], configured()).shape == (6, 0)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["id\n1\n2\n1\n2\n"], r"1\.csv: row 4 describes product '1' again, after row 2 of 1\.csv"),
        (["id\n1\n2\n", "id\n3\n2\n"], r"2\.csv: row 3 .* '2' again, after row 3 of 1\.csv"),
    ],
)
def test_an_id_described_twice(write_file: WriteFile, texts: list[str], words: str) -> None:
    files = [write_file(f"{n}.csv", text) for n, text in enumerate(texts, start=1)]
    with pytest.raises(CatalogueError, match=words):
        read(files, configured())


def test_a_level_that_is_no_column(write_file: WriteFile) -> None:
    words = r"c\.csv: no column 'shelf'; it has id, kind, aisle, size; level, catalogue\.product"
    with pytest.raises(ColumnError, match=words):
        read([write_file("c.csv", CSV)], configured("shelf"))


def test_at_level_counts_what_has_no_value_for_it(write_file: WriteFile) -> None:
    known = read([write_file("c.csv", CSV)], configured("kind"))
    moved, dropped = catalogue.at_level(purchases("4", "6", "9", "1", "9"), known, "kind")
    assert moved["product_id"].tolist() == ["Soap", "RED  WINE"]
    assert moved["quantity"].tolist() == [0, 3]
    assert dropped == {
        "product not in the catalogue": 2,
        "product without kind in the catalogue": 1,
    }
    assert catalogue.at_level(purchases("4"), known, "kind")[1] == {}


def test_products_above_the_product_level(write_file: WriteFile) -> None:
    config = configured("kind", category="aisle", attributes=["size"])
    known = read([write_file("c.csv", CSV)], config)
    about = catalogue.products(pd.Index(["RED  WINE", "Soap"], dtype="str"), known, config)
    # Two of three wines are in DRINKS; the two soaps differ, and AISLE comes before BATH.
    assert about.replace({np.nan: None}).to_dict("list") == {
        "product_id": ["RED  WINE", "Soap"],
        "name": ["Red wine", "Soap"],
        "category": ["DRINKS", "AISLE"],
        "size": ["1 L", None],
    }


def test_a_level_may_be_its_own_category(write_file: WriteFile) -> None:
    config = configured("kind", category="kind")
    known = read([write_file("c.csv", CSV)], config)
    about = catalogue.products(pd.Index(["Soap"], dtype="str"), known, config)
    assert about["category"].tolist() == ["Soap"]


def test_products_themselves(write_file: WriteFile) -> None:
    config = configured(name=["kind", "size"], category="kind", attributes=["aisle"])
    known = read([write_file("c.csv", CSV)], config)
    about = catalogue.products(pd.Index(["1", "4", "6", "9"], dtype="str"), known, config)
    assert about.replace({np.nan: None}).to_dict("list") == {
        "product_id": ["1", "4", "6", "9"],
        "name": ["Red wine, 1 l", "Soap", "6", "9"],
        "category": ["RED  WINE", "Soap", "", ""],
        "aisle": ["DRINKS", "BATH", "BATH", None],
    }


def test_products_without_a_catalogue() -> None:
    config = from_dict(
        {"name": "shop", "data": {"source": "x"}, "model": {"estimator": "popularity"}}, where="x"
    )
    about = catalogue.products(pd.Index(["1", "2"], dtype="str"), None, config)
    assert about.to_dict("list") == {
        "product_id": ["1", "2"],
        "name": ["1", "2"],
        "category": ["", ""],
    }


@pytest.mark.parametrize(
    ("text", "written"),
    [("FRZN ICE", "Frzn ice"), ("Soap BAR", "Soap BAR"), (" 7   OZ ", "7 oz"), ("24", "24")],
)
def test_readable(text: str, written: str) -> None:
    assert catalogue.readable(pd.Series([text, None], dtype="str")).iloc[0] == written
