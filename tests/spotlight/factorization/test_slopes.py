import pytest
import torch

from spotlight import losses
from spotlight.factorization.slopes import SLOPES


@pytest.mark.parametrize("loss", SLOPES)
def test_slopes_are_the_derivatives_of_the_loss(loss):
    scores = torch.tensor(
        [[2.0, 0.5], [-1.0, 1.0], [0.3, 0.2], [1.0, 0.0], [9.0, -9.0]],
        dtype=torch.float64,
        requires_grad=True,
    )
    positive, negative = scores.unbind(1)
    several = negative.unsqueeze(0) if loss is losses.adaptive_hinge_loss else negative
    expected = loss(positive, several)
    expected.backward()
    found, slopes = SLOPES[loss](positive.detach(), negative.detach())
    torch.testing.assert_close(found, expected.detach())
    torch.testing.assert_close(slopes, scores.grad)


def test_bpr_by_hand():
    loss, slopes = SLOPES[losses.bpr_loss](torch.tensor([1.0]), torch.tensor([1.0]))
    assert loss == 0.5
    assert slopes.tolist() == [[-0.25, 0.25]]
