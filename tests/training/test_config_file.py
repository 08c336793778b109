import json
import re
from pathlib import Path

import pytest

from training.config import Config, FilesSplit, FractionSplit
from training.config_file import from_dict, load
from training.errors import ConfigError

SMALLEST = {"name": "shop", "data": {"source": "rows.csv"}, "model": {"estimator": "popularity"}}
FILES = {
    "name": "shop",
    "split": {"kind": "files", "train": "a.csv", "test": ["b.csv", "c.csv"]},
    "model": {"estimator": "popularity"},
}


def made(**changes: object) -> Config:
    return from_dict(SMALLEST | changes, where="shop.toml")


def refusal(tables: dict[str, object]) -> str:
    with pytest.raises(ConfigError) as caught:
        from_dict(tables, where="shop.toml")
    return str(caught.value)


def test_what_is_left_out_has_defaults() -> None:
    config = made()
    assert (config.level, config.min_customers) == ("product", 1)
    assert config.split == FractionSplit(kind="random", test=0.1, validation=0.1, seed=0)
    assert config.data is not None
    assert config.data.columns == {"customer_id": "customer", "product_id": "product"}
    assert config.model.parameters == {}
    assert config.catalogue is None


def test_one_source_or_several() -> None:
    several = made(data={"source": ["a.csv", "s3://b/c.parquet"]})
    assert several.data is not None
    assert several.data.source == ("a.csv", "s3://b/c.parquet")


def test_files_need_no_data() -> None:
    config = from_dict(FILES, where="shop.toml")
    assert config.data is None
    assert config.split == FilesSplit(kind="files", train=("a.csv",), test=("b.csv", "c.csv"))


@pytest.mark.parametrize("tables", [SMALLEST, FILES])
def test_a_dump_gives_the_same_configuration_again(tables: dict[str, object]) -> None:
    config = from_dict(tables, where="shop.toml")
    dumped = json.dumps(config.as_dict())
    assert from_dict(json.loads(dumped), where="dump") == config
    assert json.dumps(from_dict(tables, where="shop.toml").as_dict()) == dumped


def test_the_data_half_knows_neither_name_nor_model() -> None:
    other = made(name="other", model={"estimator": "implicit", "parameters": {"loss": "bpr"}})
    assert other.data_dict() == made().data_dict()
    assert made(min_customers=2).data_dict() != made().data_dict()


def test_the_product_level_has_several_names() -> None:
    data = {"source": "rows.csv", "product": "sku"}
    catalogue = {"source": "products.csv", "product": "id"}
    for level, is_product in [("product", True), ("sku", True), ("id", True), ("aisle", False)]:
        assert made(data=data, catalogue=catalogue, level=level).is_product_level is is_product


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tset": 1}, ["unknown key tset", "allowed in the top level: name, level"]),
        ({"data": {"sorce": "x"}}, ["unknown key data.sorce", "did you mean data.source?"]),
        ({"name": "My Shop"}, ["name = 'My Shop'", "a-z", "letter or digit first"]),
        ({"name": "a" * 64}, ["63"]),
        ({"name": None}, ["name is missing"]),
        ({"model": {"estimator": 3}}, ["model.estimator = 3", "'auto'"]),
        ({"data": {}}, ["data.source is missing", "a text or a list of texts"]),
        ({"data": 3}, ["data = 3 is not a table", "[data]"]),
        ({"data": None}, ["[data] is missing"]),
        ({"data": {"source": []}}, ["data.source = []"]),
        ({"min_customers": 0}, ["min_customers = 0", "1 or more"]),
        ({"min_customers": True}, ["min_customers = True", "a whole number"]),
        ({"min_customers": 2.0}, ["min_customers = 2.0"]),
        ({"split": {"kind": "weekly"}}, ["split.kind = 'weekly'", '"random" or "time" or "files"']),
        ({"split": {"test": 1}}, ["split.test = 1 ", "0 up to, but not including, 1"]),
        ({"split": {"test": -0.1}}, ["split.test = -0.1"]),
        ({"split": {"validation": "much"}}, ["split.validation = 'much'"]),
        ({"split": {"seed": -1}}, ["split.seed = -1", "0 or more"]),
        ({"split": {"kind": "time"}}, ["needs data.time"]),
        ({"split": FILES["split"]}, ["take [data] out"]),
        ({"level": "aisle"}, ["level = 'aisle'", "no [catalogue]", 'level = "product"']),
        ({"data": {"source": "x", "time": "customer"}}, ["column 'customer' twice"]),
        (
            {"catalogue": {"source": "x", "attributes": ["name"]}},
            ["catalogue.attributes", "'name'"],
        ),
    ],
)
def test_what_is_not_allowed_is_named_with_its_remedy(
    changes: dict[str, object], words: list[str]
) -> None:
    message = refusal(SMALLEST | changes)
    assert message.startswith("shop.toml: ")
    for each in words:
        assert each in message


def test_files_split_needs_both_files() -> None:
    assert "split.test is missing" in refusal(FILES | {"split": {"kind": "files", "train": "a"}})


def test_a_file_is_read_with_overrides_on_top(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(
        'name = "shop"\nmin_customers = 3\n[data]\nsource = "rows.csv"\n'
        '[model]\nestimator = "implicit"\n[model.parameters]\nloss = "bpr"\n'
    )
    config = load(
        path,
        ["min_customers=7", "split.kind=time", "data.time = at", "model.parameters.n_epochs=2"],
    )
    assert (config.name, config.min_customers, config.split.kind) == ("shop", 7, "time")
    assert config.model.parameters == {"loss": "bpr", "n_epochs": 2}
    assert config.folder == tmp_path


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("min_customers", "not of the form section.key=value"),
        ("=3", "not of the form section.key=value"),
        ("name.first=x", "name is a value, not a section"),
        ("split.tset=0.2", "unknown key split.tset; did you mean split.test?"),
    ],
)
def test_an_override_that_is_not_allowed(tmp_path: Path, override: str, words: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text('name = "shop"\n[data]\nsource = "x"\n[model]\nestimator = "popularity"\n')
    with pytest.raises(ConfigError, match=re.escape(words)):
        load(path, [override])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = shop")
    with pytest.raises(ConfigError, match=r"bad\.toml: not a readable TOML file: .*line 1"):
        load(tmp_path / "bad.toml")


def test_without_a_model_the_choice_is_left_to_run():
    assert made(model=None).model.is_auto
