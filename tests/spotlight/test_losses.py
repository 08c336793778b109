from math import exp, log

import pytest
import torch

from spotlight import losses
from spotlight.errors import InputError


def sigmoid(x):
    return 1 / (1 + exp(-x))


POSITIVE = torch.tensor([2.0, 0.0])
NEGATIVE = torch.tensor([0.5, 1.0])
MASK = torch.tensor([1, 0])

# By hand: the loss of each of the two entries.
PAIRWISE = {
    "pointwise_loss": (1 - sigmoid(2) + sigmoid(0.5), 1 - sigmoid(0) + sigmoid(1)),
    "bpr_loss": (1 - sigmoid(1.5), 1 - sigmoid(-1)),
    "hinge_loss": (0.0, 2.0),
}


@pytest.mark.parametrize("name", PAIRWISE)
def test_pairwise_losses(name):
    first, second = PAIRWISE[name]
    loss = getattr(losses, name)
    assert loss(POSITIVE, NEGATIVE).item() == pytest.approx((first + second) / 2)
    assert loss(POSITIVE, NEGATIVE, mask=MASK).item() == pytest.approx(first)
    assert loss(POSITIVE, NEGATIVE, mask=MASK == 0).item() == pytest.approx(second)


# Negatives (2, batch of 2): the hardest are 0.5 for positive 2.0 and 3.0 for positive 0.0.
SEVERAL = torch.tensor([[0.5, -1.0], [0.0, 3.0]])


@pytest.mark.parametrize("negatives", [SEVERAL, list(SEVERAL)])
def test_adaptive_hinge_takes_the_hardest_negative_of_each_positive(negatives):
    assert losses.adaptive_hinge_loss(POSITIVE, negatives).item() == pytest.approx((0.0 + 4.0) / 2)
    assert losses.adaptive_hinge_loss(POSITIVE, negatives, mask=MASK).item() == 0.0


def test_adaptive_hinge_of_a_column_is_not_spread_over_the_batch():
    positive = POSITIVE.unsqueeze(1)  # (2, 1)
    loss = losses.adaptive_hinge_loss(positive, SEVERAL.unsqueeze(2))
    assert loss.item() == pytest.approx(2.0)


def test_regression_loss():
    loss = losses.regression_loss(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 5.0]))
    assert loss.item() == pytest.approx((1 + 9) / 2)


def test_poisson_loss():
    loss = losses.poisson_loss(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 4.0]))
    assert loss.item() == pytest.approx((2 - log(2) + 4 - 3 * log(4)) / 2)


def test_logistic_loss():
    loss = losses.logistic_loss(torch.tensor([1.0, -1.0]), torch.tensor([0.5, 2.0]))
    assert loss.item() == pytest.approx((-log(sigmoid(0.5)) - log(1 - sigmoid(2))) / 2)


@pytest.mark.parametrize("name", ["regression_loss", "poisson_loss", "logistic_loss"])
def test_ratings_with_gradients_are_refused(name):
    with pytest.raises(InputError, match="detach"):
        getattr(losses, name)(torch.ones(1, requires_grad=True), torch.ones(1))
