import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from local.object_store import RunningStore
from training.config import Config
from training.config_file import from_dict
from training.errors import EmptyError, PreparedError, SourceError
from training.prepare import prepare
from training.prepared import Prepared

SALES = """who,what,n,at
anna,1,2,2026-01-01
anna,2,1,2026-01-01
bob,1,1,2026-01-02
bob,3,-1,2026-01-03
carl,3,1,2026-01-04
anna,4,5,2026-01-05
"""
PRODUCTS = "id,kind\n1,RED WINE\n2,SOAP\n3,SOAP\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text(SALES)
    (tmp_path / "products.csv").write_text(PRODUCTS)
    return tmp_path


def configured(folder: Path, **changes: Any) -> Config:
    tables = {
        "name": "shop",
        "level": "kind",
        "data": {
            "source": "sales.csv",
            "customer": "who",
            "product": "what",
            "quantity": "n",
            "time": "at",
        },
        "catalogue": {"source": "products.csv", "product": "id"},
        "split": {"test": 0.25, "validation": 0},
        "model": {"estimator": "popularity"},
    }
    return from_dict(tables | changes, where="shop.toml", folder=folder)


def test_from_files_to_a_prepared_folder(shop: Path) -> None:
    prepared = prepare(configured(shop), shop / "out")
    assert prepared.customer_ids == ["anna", "bob", "carl"]
    assert prepared.products["product_id"].tolist() == ["RED WINE", "SOAP"]
    assert prepared.products["name"].tolist() == ["Red wine", "Soap"]
    assert prepared.counts["rows"] == {
        "read": 6,
        "kept": 4,
        "dropped": {"quantity of 0 or below": 1, "product not in the catalogue": 1},
    }
    assert prepared.counts["pairs"] == {"train": 3, "validation": 0, "test": 1}
    everything = prepared.matrix("train", "test")
    assert everything.toarray().tolist() == [[1, 1], [1, 0], [0, 1]]
    assert prepared.baskets()["quantity"].tolist() == [2, 1, 1, 1]
    assert prepared.config == Prepared.load(shop / "out").config
    assert prepared.summary()["digest"] == prepared.digest
    assert prepared.digest in prepared.summary_text()


def test_a_published_train_file_as_it_is(tmp_path: Path) -> None:
    lines = ["1 10", "1 10", "1 11", "2 10", "2 12"]
    (tmp_path / "train.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "test.txt").write_text("1 12\n2 11\n3 10\n")
    split = {"kind": "files", "train": "train.txt.gz", "test": "test.txt", "validation": 0}
    tables = {"name": "bench", "split": split, "model": {"estimator": "popularity"}}
    prepared = prepare(from_dict(tables, where="bench", folder=tmp_path), tmp_path / "out")
    assert prepared.matrix("train").toarray().tolist() == [[2, 1, 0], [1, 0, 1]]
    assert prepared.matrix("test").toarray().tolist() == [[0, 0, 1], [0, 1, 0]]
    assert prepared.counts["rows"]["dropped"] == {"test customer not in train": 1}
    assert prepared.counts["period"] == {}
    assert prepared.pairs.columns.tolist() == [
        *("part", "customer_index", "product_index", "baskets")
    ]


def test_the_same_inputs_are_prepared_once(shop: Path) -> None:
    first = prepare(configured(shop), shop / "out")
    written = (shop / "out" / "prepared.json").stat().st_ino
    model = {"estimator": "implicit", "parameters": {"loss": "bpr"}}
    assert prepare(configured(shop, name="other", model=model), shop / "out").digest == first.digest
    assert (shop / "out" / "prepared.json").stat().st_ino == written
    forced = prepare(configured(shop), shop / "out", force=True)
    assert (shop / "out" / "prepared.json").stat().st_ino != written
    assert forced.digest == first.digest


def test_other_inputs_or_settings_replace_it(shop: Path) -> None:
    digests = [prepare(configured(shop), shop / "out").digest]
    digests.append(prepare(configured(shop, level="product"), shop / "out").digest)
    (shop / "sales.csv").write_text(SALES + "dora,1,1,2026-01-05\n")
    digests.append(prepare(configured(shop, level="product"), shop / "out").digest)
    assert len(set(digests)) == 3
    assert Prepared.load(shop / "out").n_customers == 4


def test_the_digest_knows_neither_the_place_nor_the_file_s_form(shop: Path, tmp_path: Path) -> None:
    pd.read_csv(shop / "sales.csv", dtype=str).to_parquet(tmp_path / "sales.parquet")
    first = prepare(configured(shop), shop / "out")
    data = configured(shop).as_dict()["data"] | {"source": str(tmp_path / "sales.parquet")}
    assert prepare(configured(shop, data=data), tmp_path / "deep" / "out").digest == first.digest


def test_a_damaged_folder_is_prepared_again(shop: Path) -> None:
    first = prepare(configured(shop), shop / "out")
    (shop / "out" / "pairs.parquet").write_bytes(b"")
    assert prepare(configured(shop), shop / "out").digest == first.digest


def test_failing_leaves_what_was_there(shop: Path) -> None:
    first = prepare(configured(shop), shop / "out")
    before = sorted(path.name for path in shop.iterdir())
    with pytest.raises(EmptyError):
        prepare(configured(shop, min_customers=9), shop / "out")
    assert Prepared.load(shop / "out").digest == first.digest
    assert sorted(path.name for path in shop.iterdir()) == before


def test_other_people_s_files_are_not_replaced(shop: Path) -> None:
    for out in (shop, shop / "sales.csv"):
        with pytest.raises(PreparedError, match="is no prepared folder; name a folder that is new"):
            prepare(configured(shop), out)
    assert (shop / "sales.csv").read_text() == SALES


def test_a_file_in_the_way_of_the_folder(shop: Path) -> None:
    with pytest.raises(PreparedError, match=r"out cannot be written: .*sales\.csv"):
        prepare(configured(shop), shop / "sales.csv" / "out")


def test_every_stage_is_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(configured(shop), shop / "out")
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "prepare: reading",
        "prepare: 6 rows read; filtering",
        "prepare: 4 rows left; splitting and summing",
    ]
    assert said.out == ""


def test_sources_on_object_storage(
    shop: Path, seaweedfs: RunningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweedfs.environment().items():
        monkeypatch.setenv(name, value)
    client = seaweedfs.client()
    client.create_bucket(Bucket="sales")
    halves = SALES.splitlines(keepends=True)
    for name, lines in {"1": halves[:3], "2": halves[:1] + halves[3:]}.items():
        body = gzip.compress("".join(lines).encode())
        client.put_object(Bucket="sales", Key=f"2026/part-{name}.csv.gz", Body=body)
    client.put_object(Bucket="sales", Key="2026/other.txt", Body=b"x")
    local = prepare(configured(shop), shop / "out")
    data = configured(shop).as_dict()["data"]
    sources = ["s3://sales/2026/part-1.csv.gz", "s3://sales/2026/part-2.csv.gz"]
    for source in ("s3://sales/2026/part-*", sources):
        stored = prepare(configured(shop, data=data | {"source": source}), shop / "stored")
        assert stored.digest == local.digest
    for source in ("s3://sales/none.csv", "s3://sales/2027/*", "s3://none/part-1.csv.gz"):
        with pytest.raises(SourceError, match=r"s3://"):
            prepare(configured(shop, data=data | {"source": source}), shop / "none")
