"""The shipped configurations, and what they prepare from The Complete Journey."""

from pathlib import Path

import numpy as np
import pytest

import training
from training.config_file import load
from training.fit import estimator_of
from training.prepare import prepare
from training.prepared import Prepared

FOLDER = Path(training.__file__).parent / "configs"
CONFIGS = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_loads(path: Path) -> None:
    config = load(path)
    assert config.name == path.stem
    assert estimator_of(config.model).name == "blend"


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    """Prepare The Complete Journey at each of its levels, once."""
    out = tmp_path_factory.mktemp("journey")
    return {
        level: prepare(load(FOLDER / f"complete-journey-{level}.toml"), out / level)
        for level in ("categories", "types", "products")
    }


@pytest.mark.parametrize(
    ("level", "n_customers", "n_products", "n_pairs", "n_rows"),
    [
        ("categories", 2469, 295, 224_420, 1_458_227),
        ("types", 2469, 1878, 432_186, 1_458_114),
        ("products", 2451, 10_402, 644_838, 1_166_524),
    ],
)
def test_the_complete_journey(
    journey: dict[str, Prepared],
    level: str,
    n_customers: int,
    n_products: int,
    n_pairs: int,
    n_rows: int,
) -> None:
    prepared = journey[level]
    assert (prepared.n_customers, prepared.n_products) == (n_customers, n_products)
    counts = prepared.counts
    assert counts["rows"]["read"] == 1_469_307
    assert counts["rows"]["kept"] == n_rows
    assert counts["rows"]["read"] == n_rows + sum(counts["rows"]["dropped"].values())
    n_test = round(0.1 * n_pairs)
    n_validation = round(0.1 * (n_pairs - n_test))
    assert counts["pairs"] == {
        "train": n_pairs - n_test - n_validation,
        "validation": n_validation,
        "test": n_test,
    }
    assert prepared.matrix("train", "validation", "test", values="ones").nnz == n_pairs


def test_products_are_described(journey: dict[str, Prepared]) -> None:
    categories = journey["categories"].products.set_index("product_id")
    assert categories.loc["FRZN ICE", ["name", "category"]].tolist() == ["Frzn ice", "GROCERY"]
    types = journey["types"].products.set_index("product_id")
    assert types.loc["BABY FOOD CEREALS", "department"] == "DRUG GM"
    products = journey["products"].products.set_index("product_id")
    assert products.loc["1000050", ["name", "category"]].tolist() == [
        "Kids cereal, 14.5 oz, National",
        "COLD CEREAL",
    ]


def test_baskets_and_pairs_agree(journey: dict[str, Prepared]) -> None:
    prepared = journey["categories"]
    baskets = prepared.baskets()
    assert prepared.pairs["baskets"].sum() == len(baskets)
    for column in ("quantity", "revenue"):
        np.testing.assert_allclose(prepared.pairs[column].sum(), baskets[column].sum())
    same_customer = baskets["customer_index"].diff() == 0
    later = baskets["time"].diff() >= np.timedelta64(0, "us")
    assert later[same_customer].all()
