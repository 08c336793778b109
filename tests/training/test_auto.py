from dataclasses import replace

import pytest

from training import auto
from training.auto import closed_form_fits, tuned_config
from training.config import ModelConfig
from training.prepare import prepare
from training.tuning.plan import Plan


@pytest.mark.parametrize(
    ("n_customers", "n_products", "fits"),
    [
        (2_500, 10_000, True),
        (1_000_000, 20_000, True),
        (1_000_000, 20_001, False),
        (20_000, 20_001, False),  # customers times products would be too many to write down
        (2_000, 100_000, True),
    ],
)
def test_what_a_closed_form_fits(n_customers, n_products, fits):
    assert closed_form_fits(n_customers, n_products) is fits


@pytest.fixture
def tuned(checkerboard, tmp_path, monkeypatch):
    """Tune a configuration's model by one trial, of the parameters it starts from."""
    monkeypatch.chdir(tmp_path)

    def tune(**model):
        config = replace(checkerboard, model=ModelConfig(**model))
        prepared = prepare(checkerboard, tmp_path / "prepared")
        return tuned_config(prepared, config, Plan(trials=1)).model

    return tune


def test_without_a_model_a_blend_is_tuned_from_the_parameters_that_are_given(tuned):
    model = tuned(parameters={"ease": {"l2": 7.0}})
    assert model.estimator == "blend"
    assert list(model.parameters["members"]) == ["ease"]
    assert model.parameters["ease"]["l2"] == 7.0


def test_too_much_for_a_closed_form_is_left_to_softmax(tuned, monkeypatch):
    monkeypatch.setattr(auto, "_SMALL", 1)
    small = {"embedding_dim": 2, "n_epochs": 1}
    assert list(tuned(parameters={"softmax": small}).parameters["members"]) == ["softmax"]


def test_a_named_estimator_is_tuned_itself(tuned):
    model = tuned(estimator="spotlight", parameters={"n_epochs": 1, "embedding_dim": 2})
    assert model.estimator == "spotlight"
    assert model.parameters["n_epochs"] == 1
