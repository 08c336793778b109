"""MovieLens 100k, and a checkerboard whose right answer is known."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from spotlight.cross_validation import random_train_test_split
from spotlight.interactions import Interactions


@pytest.fixture(scope="session")
def movielens() -> Interactions:
    """100,000 ratings of 1 to 5 by users 1 to 943 of items 1 to 1682."""
    package = find_spec("recbole")  # only located: importing it needs what we do not install
    if package is None or not package.submodule_search_locations:
        pytest.skip("MovieLens 100k comes with recbole, which is not installed")
    folder = Path(package.submodule_search_locations[0]) / "dataset_example" / "ml-100k"
    users, items, ratings, times = np.loadtxt(
        folder / "ml-100k.inter", skiprows=1, dtype=np.int32, unpack=True
    )
    return Interactions(users, items, ratings.astype(np.float32), times)


@pytest.fixture(scope="session")
def movielens_split(movielens: Interactions) -> tuple[Interactions, Interactions]:
    """80,000 to train on, 20,000 to test on."""
    return random_train_test_split(movielens, random_state=np.random.RandomState(42))


@pytest.fixture(scope="session")
def checkerboard() -> Interactions:
    """20 users and 20 items: users like the items whose parity is their own, but the diagonal."""
    users, items = np.nonzero(np.add.outer(np.arange(20), np.arange(20)) % 2 == 0)
    seen = users != items
    return Interactions(
        users[seen].astype(np.int32), items[seen].astype(np.int32), num_users=20, num_items=20
    )
