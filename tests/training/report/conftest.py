"""A small report, and two models of the same data on disk."""

import dataclasses

import pytest

from recommender import artifact
from recommender.artifact import LoadedModel
from recommender.model import Model
from training.evaluate import by_popularity
from training.prepared import Prepared
from training.report.measure import Measured, measure
from training.save import save


@pytest.fixture(scope="session")
def measured(model: Model, prepared: Prepared) -> Measured:
    """Measure the checkerboard, and popularity as its champion."""
    champion = by_popularity(model, "discover")
    return measure(model, prepared.matrix("test"), champion=champion, cut_offs=[2, 1, 5])


@pytest.fixture(scope="session")
def without_champion(model: Model, prepared: Prepared) -> Measured:
    return measure(model, prepared.matrix("test"), cut_offs=[1])


@pytest.fixture(scope="session")
def loaded(
    model: Model, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> LoadedModel:
    """Return the checkerboard as it is read from its folder."""
    folder = tmp_path_factory.mktemp("models") / "model"
    lineage = {
        "code": {"commit": "c0ffee", "changed": False},
        "config": {"name": "checker <board>", "level": "product"},
        "data": {"digest": prepared.digest, "parts": ["train", "validation"]},
        "seed": 7,
        "libraries": {"numpy": "2"},
    }
    save(folder, model, lineage=lineage, metrics={})
    return artifact.load(folder)


@pytest.fixture
def of_other_parts(loaded: LoadedModel) -> LoadedModel:
    """Return the model as if it had learned from train alone."""
    data = loaded.manifest.lineage["data"] | {"parts": ["train"]}
    manifest = dataclasses.replace(loaded.manifest, lineage={"data": data})
    return dataclasses.replace(loaded, manifest=manifest)
