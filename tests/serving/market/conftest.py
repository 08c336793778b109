"""A market small enough to read, and the service over it: docs/http.md shows its answers.

What goes together is how often two products were bought by the same customers, as a cosine.
"""

from pathlib import Path

import httpx
import numpy as np
import pytest

from local import ports, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import ItemItem, Popularity
from recommender.vocabulary import Vocabulary

PRODUCTS = {
    "bread": ("Rye bread", "bakery"),
    "bun": ("Butter bun", "bakery"),
    "butter": ("Butter", "dairy"),
    "coffee": ("Ground coffee", "drinks"),
    "jam/1": ("Strawberry jam", ""),
    "juice": ("Apple juice", "drinks"),
    "milk": ("Milk", "dairy"),
    "tea": ("Green tea", "drinks"),
}
BOUGHT = {
    "ana": ["bread", "butter"],
    "ben": ["bread", "butter", "jam/1", "milk"],
    "cleo": ["bun", "coffee", "milk"],
    "dan": ["bread", "coffee", "milk"],
    "eva": ["butter", "juice", "tea"],
    "house/7 b": ["milk", "tea"],
    "new": [],
}
RULES = '{"exclude_products": ["juice"], "max_per_category": 2}'


def purchases():
    """Return who bought what: float32 (n_customers, n_products), ones and zeros."""
    rows = [[product in bought for product in PRODUCTS] for bought in BOUGHT.values()]
    return np.array(rows, dtype=np.float32)


def write_market(folder):
    """Write the market's model; return its digest."""
    bought = purchases()
    n_customers, n_products = bought.shape
    together = bought.T @ bought
    often = together.diagonal().copy()
    np.fill_diagonal(together, 0)
    rows, columns = np.nonzero(bought)
    indptr = np.searchsorted(rows, np.arange(n_customers + 1))
    ones = np.ones(columns.size, dtype=np.float32)
    each = np.arange(n_products, dtype=np.int32)
    goes_with = ItemItem(
        *(indptr, columns.astype(np.int32), ones),
        *(np.arange(n_products + 1), each, np.ones(n_products, dtype=np.float32)),
        (together / np.sqrt(np.outer(often, often))).astype(np.float32),
    )
    names, categories = zip(*PRODUCTS.values(), strict=True)
    model = Model(
        customers=Vocabulary(BOUGHT),
        catalogue=Catalogue(PRODUCTS, names, categories),
        history=History(indptr, columns.astype(np.int32), n_products),
        scorers={"goes-with": goes_with, "popularity": Popularity(often)},
        modes={
            "discover": {"goes-with": 1.0, "popularity": 0.125},
            "rebuy": {"popularity": 1.0},
            "mixed": {"goes-with": 1.0},
        },
    )
    return artifact.write(folder, model, lineage={"seed": 0}, metrics={})


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """Serve the market, without rules."""
    with _served(tmp_path_factory.mktemp("market"), {}) as running:
        yield running


@pytest.fixture(scope="session")
def ruled_market(tmp_path_factory):
    """Serve the market, with rules."""
    folder = tmp_path_factory.mktemp("ruled")
    (folder / "rules.json").write_text(RULES)
    with _served(folder, {"ESTANTE_RULES": str(folder / "rules.json")}) as running:
        yield running


def _served(folder: Path, variables):
    write_market(folder / "model")
    variables = {"ESTANTE_DEVICE": "cpu"} | variables
    return service.started(
        str(folder / "model"), folder / "run", port=ports.free(1)[0], environment=variables
    )


@pytest.fixture(scope="session")
def client(market):
    with httpx.Client(base_url=market.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def ruled(ruled_market):
    with httpx.Client(base_url=ruled_market.url, timeout=30) as client:
        yield client
