"""What is written down by hand is what autograd and Adam compute."""

from functools import partial

import numpy as np
import pytest
import torch

from spotlight.factorization.by_hand import StepByHand
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.interactions import Interactions

LOSSES = ["pointwise", "bpr", "hinge", "adaptive_hinge"]


@pytest.fixture
def double():
    """Let rounding be far below what a wrong derivative would show."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def data():
    random = np.random.RandomState(0)
    return Interactions(random.randint(0, 20, 500), random.randint(0, 30, 500))


def fitted(data, loss, monkeypatch=None, **options):
    """Fit a model; by autograd, if there is a `monkeypatch` to hide the loss with."""
    model = ImplicitFactorizationModel(
        loss=loss,
        embedding_dim=4,
        n_iter=2,
        batch_size=64,
        random_state=np.random.RandomState(1),
        **options,
    )
    if monkeypatch:
        monkeypatch.setattr(model, "_loss_func", partial(model._loss_func))
    for _ in range(2):  # the moments of the first call are gone on with in the second
        model.fit(data)
    return model


@pytest.fixture
def steps_by_hand(monkeypatch):
    """Count the steps that are taken by hand."""
    steps = []
    take = StepByHand.__call__
    monkeypatch.setattr(
        StepByHand, "__call__", lambda self, *batch: steps.append(batch) or take(self, *batch)
    )
    return steps


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_model_is_that_of_autograd_and_adam(monkeypatch, steps_by_hand, data, loss, l2):
    by_hand = fitted(data, loss, l2=l2)
    assert len(steps_by_hand) == 2 * 2 * 8
    by_autograd = fitted(data, loss, monkeypatch, l2=l2)
    assert len(steps_by_hand) == 2 * 2 * 8
    found, expected = (model._net.state_dict() for model in (by_hand, by_autograd))
    if loss != "pointwise":
        # No difference of a user's scores depends on the user's bias: autograd leaves rounding
        # errors there, which Adam makes larger. By hand it stays what it was.
        del expected["user_biases.weight"]
        assert not found.pop("user_biases.weight").any()
    for name, table in found.items():
        torch.testing.assert_close(table, expected[name], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"sparse": True},
        {"optimizer_func": lambda parameters: torch.optim.Adam(parameters, lr=0.1)},
    ],
)
def test_what_is_not_the_default_is_left_to_autograd(steps_by_hand, data, options):
    fitted(data, "bpr", **options)
    assert not steps_by_hand
