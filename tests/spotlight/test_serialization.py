"""Plain torch.save and torch.load, in this process and in a fresh one."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from spotlight.factorization.explicit import ExplicitFactorizationModel
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.factorization.representations import BilinearNet
from spotlight.interactions import Interactions
from spotlight.layers import BloomEmbedding


@pytest.fixture(scope="module")
def data():
    random = np.random.RandomState(0)
    users, items = random.randint(0, 20, 300), random.randint(0, 30, 300)
    ratings = random.randint(1, 6, 300).astype(np.float32)
    return Interactions(users, items, ratings, num_users=20, num_items=30)


def bloom_net():
    return BilinearNet(20, 30, 8, BloomEmbedding(20, 8, bag=True), BloomEmbedding(30, 8))


MODELS = {
    "implicit": lambda: ImplicitFactorizationModel(loss="adaptive_hinge", n_iter=1),
    "explicit": lambda: ExplicitFactorizationModel(loss="poisson", n_iter=1),
    "sparse": lambda: ImplicitFactorizationModel(loss="bpr", n_iter=1, sparse=True),
    "bloom": lambda: ImplicitFactorizationModel(n_iter=1, representation=bloom_net()),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_predicts_and_trains_on_as_the_original(name, data, tmp_path):
    model = MODELS[name]()
    model.fit(data)
    torch.save(model, tmp_path / "model.pt")
    loaded = torch.load(tmp_path / "model.pt")
    assert (loaded.predict(3) == model.predict(3)).all()
    for each in (model, loaded):
        each.fit(data)
    assert (loaded.predict(3) == model.predict(3)).all()


def test_an_unfitted_model_can_be_saved(tmp_path, data):
    torch.save(ImplicitFactorizationModel(), tmp_path / "model.pt")
    torch.load(tmp_path / "model.pt").fit(data)


def test_importing_the_package_is_enough_in_a_fresh_process(tmp_path, data):
    model = MODELS["implicit"]()
    model.fit(data)
    torch.save(model, tmp_path / "model.pt")
    program = "import sys, torch, spotlight; print(torch.load(sys.argv[1]).predict(3, 4)[0])"
    found = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "model.pt"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(found.stdout) == pytest.approx(model.predict(3, 4)[0])
