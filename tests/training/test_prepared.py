import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training import prepared
from training.errors import PreparedError
from training.prepared import Prepared

TABLES = {
    "customers": pd.DataFrame({"customer_id": ["a", "é"]}),
    "products": pd.DataFrame(
        {"product_id": ["x", "y", "z"], "name": ["X", "Y", "Z"], "category": ["", "C", "C"]}
    ),
    "pairs": pd.DataFrame(
        {
            "part": np.array([0, 0, 1, 2], np.int8),
            "customer_index": np.array([0, 1, 0, 1], np.int32),
            "product_index": np.array([0, 2, 0, 1], np.int32),
            "baskets": np.array([3, 1, 2, 5], np.int32),
        }
    ),
    "baskets": pd.DataFrame({"customer_index": np.array([0], np.int32)}),
}
ABOUT = {"inputs": "sha256:0", "config": {"level": "product"}, "counts": {"customers": 2}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepared.write(tmp_path, TABLES, ABOUT)
    return tmp_path


def test_what_was_written_is_loaded(folder: Path) -> None:
    loaded = Prepared.load(folder)
    assert loaded.customer_ids == ["a", "é"]
    assert (loaded.n_customers, loaded.n_products) == (2, 3)
    assert (loaded.inputs, loaded.config, loaded.counts) == tuple(ABOUT.values())
    pd.testing.assert_frame_equal(loaded.products, TABLES["products"])
    pd.testing.assert_frame_equal(loaded.pairs, TABLES["pairs"])
    pd.testing.assert_frame_equal(loaded.baskets(), TABLES["baskets"])


@pytest.mark.parametrize(
    ("parts", "values", "expected"),
    [
        (["train"], "baskets", [[3, 0, 0], [0, 0, 1]]),
        (["train"], "ones", [[1, 0, 0], [0, 0, 1]]),
        (["train", "validation"], "baskets", [[5, 0, 0], [0, 0, 1]]),
        (["train", "validation"], "ones", [[1, 0, 0], [0, 0, 1]]),
        (["test"], "baskets", [[0, 0, 0], [0, 5, 0]]),
    ],
)
def test_matrix(folder: Path, parts: list[str], values: str, expected: list[list[int]]) -> None:
    matrix = Prepared.load(folder).matrix(*parts, values=values)  # type: ignore[arg-type]
    assert matrix.dtype == np.float32
    assert matrix.nnz == np.count_nonzero(expected)
    assert matrix.has_canonical_format
    np.testing.assert_array_equal(matrix.toarray(), expected)


@pytest.mark.parametrize("parts", [[], ["train", "tests"]])
def test_only_parts_make_a_matrix(folder: Path, parts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"name some of \('train', 'validation', 'test'\)"):
        Prepared.load(folder).matrix(*parts)


def test_the_last_day_is_that_of_the_parts(tmp_path: Path) -> None:
    times = pd.to_datetime(["2026-01-03", "2026-01-05", "2026-01-07", "2026-01-09"])
    prepared.write(tmp_path, TABLES | {"pairs": TABLES["pairs"].assign(last_time=times)}, ABOUT)
    loaded = Prepared.load(tmp_path)

    assert loaded.until("train") == "2026-01-05"
    assert loaded.until("train", "test") == "2026-01-09"


def test_without_times_there_is_no_last_day(folder: Path) -> None:
    assert Prepared.load(folder).until("train") is None


def test_the_same_content_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    prepared.write(other, TABLES, ABOUT)
    for path in other.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_the_digest_covers_every_table_and_the_counts(tmp_path: Path) -> None:
    digests = set()
    for changed in (None, *prepared.TABLES):
        tables = {name: df[:1] if name == changed else df for name, df in TABLES.items()}
        tables["baskets"] = TABLES["baskets"] + (changed == "baskets")
        folder = tmp_path / str(changed)
        folder.mkdir()
        prepared.write(folder, tables, ABOUT)
        digests.add(Prepared.load(folder).digest)
    recounted = tmp_path / "recounted"
    recounted.mkdir()
    prepared.write(recounted, TABLES, ABOUT | {"counts": {"customers": 3}})
    assert len(digests | {Prepared.load(recounted).digest}) == 6


def test_inputs_and_configuration_are_not_in_the_digest(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    prepared.write(other, TABLES, ABOUT | {"inputs": "sha256:1", "config": {}})
    assert Prepared.load(other).digest == Prepared.load(folder).digest


@pytest.mark.parametrize("name", prepared.TABLES)
def test_a_changed_or_missing_table_is_named(folder: Path, name: str) -> None:
    path = folder / f"{name}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(PreparedError, match=rf"{name}\.parquet was changed .*; prepare it again"):
        Prepared.load(folder)
    path.unlink()
    with pytest.raises(PreparedError, match=rf"{name}\.parquet is missing; prepare it again"):
        Prepared.load(folder)


def test_a_changed_description(folder: Path) -> None:
    path = folder / prepared.DESCRIPTION
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"counts": {"customers": 9}}))
    with pytest.raises(PreparedError, match=r"prepared\.json was changed"):
        Prepared.load(folder)
    path.write_text(json.dumps(about | {"format_version": 99}))
    with pytest.raises(PreparedError, match=r"has format 99, not 2; prepare it again"):
        Prepared.load(folder)
    for text in ("{", "[]", '"x"', json.dumps({"format_version": 1})):
        path.write_text(text)
        with pytest.raises(PreparedError, match=r"prepared\.json"):
            Prepared.load(folder)


def test_no_prepared_folder(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(PreparedError, match=r"is no prepared folder: it has no prepared\.json"):
            Prepared.load(folder)
