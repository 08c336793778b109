"""A service over a model of random tastes, large enough to put load on."""

import numpy as np
import pytest

from local import ports, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Factors, ItemItem, Popularity
from recommender.vocabulary import Vocabulary

N_CUSTOMERS, N_PRODUCTS, BOUGHT = 50, 120, 10


def write_model(folder, seed):
    generator = np.random.default_rng(seed)
    bought = [generator.choice(N_PRODUCTS, BOUGHT, replace=False) for _ in range(N_CUSTOMERS)]
    indices = np.concatenate([np.sort(products) for products in bought]).astype(np.int32)
    indptr = np.arange(0, indices.size + 1, BOUGHT)
    each, ones = np.arange(N_PRODUCTS, dtype=np.int32), np.ones(indices.size, dtype=np.float32)
    model = Model(
        customers=Vocabulary(f"customer/{i}" for i in range(N_CUSTOMERS)),
        catalogue=Catalogue(
            [f"p{i}" for i in range(N_PRODUCTS)],
            [f"Product {i}" for i in range(N_PRODUCTS)],
            [f"category {i % 4}" for i in range(N_PRODUCTS)],
        ),
        history=History(indptr, indices, N_PRODUCTS),
        scorers={
            "factors": Factors(
                generator.normal(size=(N_CUSTOMERS, 8)).astype(np.float32),
                generator.normal(size=(N_PRODUCTS, 8)).astype(np.float32),
                np.zeros(N_PRODUCTS, dtype=np.float32),
            ),
            "goes-with": ItemItem(
                *(indptr, indices, ones),
                *(np.arange(N_PRODUCTS + 1), each, np.ones(N_PRODUCTS, dtype=np.float32)),
                generator.normal(size=(N_PRODUCTS, N_PRODUCTS)).astype(np.float32),
            ),
            "popularity": Popularity(np.bincount(indices, minlength=N_PRODUCTS).astype("f4")),
        },
        modes={mode: {"factors": 1.0, "goes-with": 0.5} for mode in ("discover", "rebuy", "mixed")},
    )
    artifact.write(folder, model, lineage={}, metrics={})


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "served"
    write_model(folder, seed=0)
    return folder


@pytest.fixture(scope="session")
def other_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "other"
    write_model(folder, seed=1)
    return folder


@pytest.fixture(scope="session")
def rules_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("rules") / "rules.toml"
    file.write_text('exclude_products = ["p1"]\nmax_per_category = 2\n')
    return file


@pytest.fixture(scope="session")
def ruled_url(model_folder, rules_file, tmp_path_factory):
    run = tmp_path_factory.mktemp("ruled")
    variables = {"ESTANTE_RULES": str(rules_file)}
    with service.started(
        str(model_folder), run, port=ports.free(1)[0], environment=variables
    ) as server:
        yield server.url


@pytest.fixture(scope="session")
def url(model_folder, tmp_path_factory):
    run = tmp_path_factory.mktemp("service")
    with service.started(str(model_folder), run, port=ports.free(1)[0]) as server:
        yield server.url
