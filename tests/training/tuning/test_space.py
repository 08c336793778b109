from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from training.config import ModelConfig
from training.errors import ConfigError
from training.estimators import ESTIMATORS, PopularityEstimator, SpotlightEstimator
from training.fit import estimator_of
from training.tuning import space as spaces

CONFIG = ModelConfig(estimator="spotlight", parameters={"embedding_dim": 8, "l2": 0})


@pytest.fixture
def read(tmp_path):
    def read(text, estimator=None, attributes=()):
        path = tmp_path / "space.toml"
        path.write_text(text)
        made = estimator_of(CONFIG) if estimator is None else estimator
        config = CONFIG if estimator is None else ModelConfig(estimator=made.name)
        return spaces.read(path, config, made, attributes)

    return read


@dataclass(frozen=True)
class WithTables:
    name: ClassVar[str] = "with tables"
    side: dict = field(default_factory=dict)


def test_what_may_be_tried_is_as_written(read):
    space = read(
        """
        [loss]
        choices = ["bpr", "hinge"]
        [embedding_dim]
        low = 8
        high = 128
        step = 16
        [n_epochs]
        low = 1
        high = 64
        log = true
        [learning_rate]
        low = 1e-4
        high = 1
        log = true
        """
    )
    assert space.distributions == {
        "loss": CategoricalDistribution(("bpr", "hinge")),
        "embedding_dim": IntDistribution(8, 120, step=16),  # the last that steps reach
        "n_epochs": IntDistribution(1, 64, log=True),
        "learning_rate": FloatDistribution(1e-4, 1.0, log=True),
    }


def test_it_starts_as_configured_or_as_near_as_the_space_has(read):
    space = read(
        """
        [loss]
        choices = ["hinge"]
        [embedding_dim]
        low = 16
        high = 64
        step = 16
        [n_epochs]
        low = 4
        high = 31
        step = 5
        [l2]
        low = 1e-6
        high = 1e-2
        log = true
        """
    )
    assert space.start == {"loss": "bpr", "embedding_dim": 16, "n_epochs": 9, "l2": 1e-6}
    assert space.distributions["loss"] == CategoricalDistribution(("hinge", "bpr"))


def test_a_star_stands_for_every_attribute(read, monkeypatch):
    monkeypatch.setitem(ESTIMATORS, "with tables", WithTables)
    text = """
        ["side.*"]
        low = 0
        high = 2
        [side."a+b"]
        choices = [0, 1.5]
        [side.product_id]
        low = 0
        high = 1
    """
    space = read(text, WithTables(), ["product_id", "a", "b.c", "b"])
    assert space.distributions == {
        "side.a": FloatDistribution(0, 2),
        "side.b.c": FloatDistribution(0, 2),
        "side.b": FloatDistribution(0, 2),
        "side.a+b": CategoricalDistribution((0.0, 1.5)),
        "side.product_id": FloatDistribution(0, 1),
    }
    point = {"side.a": 0.5, "side.b.c": 1.0}
    assert space.applied(point, {"side": {"b": 2.0}}) == {"side": {"b": 2.0, "a": 0.5, "b.c": 1.0}}


def test_the_digest_tells_spaces_apart(read):
    digests = {
        read(text).digest
        for text in (
            "[n_epochs]\nlow = 1\nhigh = 9",
            "[n_epochs]\nlow = 1\nhigh = 8",
            "[n_epochs]\nlow = 1\nhigh = 9\nlog = true",
            "[batch_size]\nlow = 1\nhigh = 9",
        )
    }
    assert len(digests) == 4
    assert read("[n_epochs]\nlow = 1\nhigh = 9\n").digest in digests


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing is tuned"),
        ("n_epochs = 3", "n_epochs = 3 is not a table"),
        ("[n_epoch]\nlow = 1\nhigh = 2", "no parameter n_epoch; did you mean n_epochs?"),
        ("[n_epochs.x]\nlow = 1\nhigh = 2", "no parameter n_epochs.x"),
        ("[n_epochs]\nlow = 1\nhi = 2", "n_epochs.hi; did you mean n_epochs.high?"),
        ("[n_epochs]\nlow = 3\nhigh = 2", "low = 3 above high = 2"),
        ("[n_epochs]\nlow = 3", "says too little"),
        ("[n_epochs]\nlow = 0\nhigh = 2", "n_epochs = 0 is not allowed"),
        ("[n_epochs]\nlow = 1.5\nhigh = 2", "has 1.5; give a whole number, such as 10"),
        ("[n_epochs]\nlow = 1\nhigh = 9\nstep = 0", "step = 0"),
        ("[n_epochs]\nlow = 1\nhigh = 9\nstep = 2\nlog = true", "above 0 and no step"),
        ("[l2]\nlow = 0\nhigh = 1\nlog = true", "low above 0"),
        ("[l2]\nlow = nan\nhigh = 1", "l2.low = nan is not allowed"),
        ("[l2]\nchoices = []", "at least one"),
        ('[l2]\nchoices = [0, "x"]', "has 'x'; give a number"),
        ("[l2]\nchoices = [0]\nlow = 1", "choices and a range"),
        ("[loss]\nchoices = [1]", "has 1; give a word, such as 'bpr'"),
        ("[loss]\nlow = 1\nhigh = 2", "give it choices"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(read, text, message):
    with pytest.raises(ConfigError, match=r"space\.toml: ") as refused:
        read(text)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_of_parameters_is_no_parameter(read):
    with pytest.raises(ConfigError, match="side is no single value"):
        read("[side]\nlow = 0\nhigh = 1", WithTables(), ["a"])


def test_an_estimator_without_a_space_is_told_who_has_one():
    with pytest.raises(ConfigError, match=r"'popularity' has no search space.* spotlight"):
        spaces.default_path(PopularityEstimator())


@pytest.mark.parametrize("path", sorted(spaces.FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_space_suits_its_estimator(path):
    name = path.stem.partition("-")[0]  # an estimator may have several
    assert spaces.read(path, ModelConfig(estimator=name), ESTIMATORS[name](), ["brand", "category"])


def test_spotlight_is_its_own_start():
    path = spaces.default_path(SpotlightEstimator())
    space = spaces.read(path, ModelConfig(estimator="spotlight"), SpotlightEstimator(), [])
    assert space.start["loss"] == "bpr"
