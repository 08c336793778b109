"""What several tests of training need."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary
from training import config_file
from training.config import Config
from training.fit import estimator_of, fit
from training.prepare import prepare
from training.prepared import Prepared
from training.sources import SourceFile

WriteFile = Callable[[str, str], SourceFile]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Write a text file and give it as a source's file, called by its bare name."""

    def write(name: str, text: str) -> SourceFile:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return SourceFile(name, path)

    return write


@pytest.fixture(scope="session")
def checkerboard(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Configure published files with a known right answer, and a model that finds it.

    Even customers buy even products and odd ones odd; product 0 is bought by everybody. Each
    customer's own number is held out for test.
    """
    folder = tmp_path_factory.mktemp("checkerboard")
    n = 24
    bought = [(c, p) for c in range(n) for p in range(n) if (c + p) % 2 == 0 or p == 0]
    for name, pairs in {
        "train": [pair for pair in bought if pair[0] != pair[1]],
        "test": [(c, c) for c in range(1, n)],
    }.items():
        lines = "".join(f"c{customer:02},p{product:02}\n" for customer, product in pairs)
        (folder / f"{name}.csv").write_text(lines)
    return config_file.from_dict(
        {
            "name": "checkerboard",
            "split": {
                "kind": "files",
                "train": "train.csv",
                "test": "test.csv",
                "validation": 0.05,
            },
            "model": {
                "estimator": "spotlight",
                "parameters": {"n_epochs": 60, "batch_size": 64, "embedding_dim": 8},
            },
        },
        where="checkerboard",
        folder=folder,
    )


@pytest.fixture(scope="session")
def prepared(checkerboard: Config, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Prepare the checkerboard."""
    return prepare(checkerboard, tmp_path_factory.mktemp("prepared") / "checkerboard")


@pytest.fixture(scope="session")
def model(checkerboard: Config, prepared: Prepared) -> Model:
    """Fit the checkerboard."""
    return fit(prepared, estimator_of(checkerboard.model), progress=False)


@pytest.fixture
def by_hand() -> Model:
    """Return three customers of four products; everybody's order is 0 1 2 3, popularity's 3 2 1 0.

    The first bought product 0, the second 3, the third 0.
    """
    factors = Factors(
        np.ones((3, 1), dtype=np.float32),
        np.array([[4], [3], [2], [1]], dtype=np.float32),
        np.zeros(4, dtype=np.float32),
    )
    popularity = Popularity(np.array([1, 2, 3, 4], dtype=np.float32))
    return Model(
        Vocabulary("abc"),
        Catalogue("0123", "0123", "    "),
        History(np.array([0, 1, 2, 3]), np.array([0, 3, 0], dtype=np.int32), 4),
        {"factors": factors, "popularity": popularity},
        {mode: {"factors": 1.0} for mode in ("discover", "rebuy", "mixed")},
    )
