"""The service as its clients meet it: ``bentoml serve`` over a small model, asked over HTTP.

Ana bought cola and rye; "bo/1 x" bought milk; "cy é" has bought nothing yet. The products' scores
for ana are 5, 4, 3, 2, 1, 0 in the order of the catalogue, and 0, 0, 1, 1, 1, 2 for bo.
"""

import httpx
import numpy as np
import pytest

from local import ports, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary


def write_model(folder):
    """Write the model that all tests know."""
    model = Model(
        customers=Vocabulary(["ana", "bo/1 x", "cy é"]),
        catalogue=Catalogue(
            ["cola", "rye", "tea", "bun", "milk", "nut"],
            ["Cola 1 l", "Rye bread", "Green tea", "Bun", "Milk", "Nüsse"],
            ["drinks", "bread", "drinks", "bread", "drinks", ""],
        ),
        history=History(np.array([0, 2, 3, 3]), np.array([0, 1, 4], dtype=np.int32), 6),
        scorers={
            "factors": Factors(
                np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32),
                np.array([[5, 0], [4, 0], [3, 1], [2, 1], [1, 1], [0, 2]], dtype=np.float32),
                np.zeros(6, dtype=np.float32),
            ),
            "popularity": Popularity(np.array([2, 3, 1, 1, 4, 0], dtype=np.float32)),
        },
        modes={
            "discover": {"factors": 1.0},
            "rebuy": {"popularity": 1.0},
            "mixed": {"factors": 1.0},
        },
    )
    return artifact.write(folder, model, lineage={}, metrics={})


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """Serve the model; yield where, its folder, its digest and the service's log."""
    folder = tmp_path_factory.mktemp("service")
    digest = write_model(folder / "model")
    with service.started(str(folder / "model"), folder / "run", port=ports.free(1)[0]) as server:
        yield server.url, folder / "model", digest, server.child.log


@pytest.fixture(scope="session")
def client(running):
    with httpx.Client(base_url=running[0], timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def digest(running):
    return running[2]
