"""A small model as a folder, and as the snapshot that serving makes of it."""

import gc

import numpy as np
import pytest

from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Popularity
from recommender.vocabulary import Vocabulary
from registry.pull import pull
from serving import follower as followers
from serving.loading import load
from serving.snapshot import Slot
from tests.serving.shelf import BUCKET, Shelf


@pytest.fixture(autouse=True)
def _thawed():
    """Give the collector back what a test froze, as the service does for good."""
    yield
    gc.unfreeze()


@pytest.fixture
def folder(tmp_path):
    """Ana bought cola; tea is the more popular of the rest."""
    model = Model(
        customers=Vocabulary(["ana"]),
        catalogue=Catalogue(["cola", "rye", "tea"], ["Cola", "Rye", "Tea"], ["drinks", "", ""]),
        history=History(np.array([0, 1]), np.array([0], dtype=np.int32), n_products=3),
        scorers={"popularity": Popularity(np.array([3, 1, 2], dtype=np.float32))},
        modes={"discover": {"popularity": 1.0}, "rebuy": {"popularity": 1.0}},
    )
    artifact.write(tmp_path / "model", model, lineage={"seed": 7}, metrics={"recall": 0.5})
    return tmp_path / "model"


@pytest.fixture
def snapshot(folder):
    return load(pull(str(folder)), "cpu")


@pytest.fixture
def slot(snapshot):
    slot = Slot()
    slot.put(snapshot)
    return slot


@pytest.fixture
def shelf(seaweedfs, monkeypatch, tmp_path):
    """Use a bucket, and a cache of the test's own, in this process and its children."""
    return new_shelf(seaweedfs, monkeypatch, tmp_path)


@pytest.fixture
def any_shelf(object_store, monkeypatch, tmp_path):
    """Do so once with each object store."""
    return new_shelf(object_store, monkeypatch, tmp_path)


def new_shelf(store, monkeypatch, tmp_path):
    store.create_bucket(BUCKET)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))
    return Shelf.new(tmp_path / "versions")


@pytest.fixture
def soon(monkeypatch):
    """Try again at once what was refused."""
    monkeypatch.setattr(followers, "RETRY_PAUSE", 0.0)
