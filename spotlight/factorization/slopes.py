"""The losses of observed against sampled items with their derivatives by hand.

Autograd gives the same numbers at four times the cost, which shows in small batches.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from spotlight import losses

Slopes = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def pointwise_slopes(positive: Tensor, negative: Tensor) -> tuple[Tensor, Tensor]:
    """Differentiate `spotlight.losses.pointwise_loss`.

    Parameters
    ----------
    positive, negative : Tensor (batch)
        Scores of observed and of sampled items.

    Returns
    -------
    loss : Tensor ()
    slopes : Tensor (batch, 2)
        Derivatives with respect to the positive and the negative scores.
    """
    refused, accepted = 1.0 - torch.sigmoid(positive), torch.sigmoid(negative)
    slopes = [refused * (refused - 1.0), accepted * (1.0 - accepted)]
    return (refused + accepted).mean(), torch.stack(slopes, dim=1) / len(positive)


def bpr_slopes(positive: Tensor, negative: Tensor) -> tuple[Tensor, Tensor]:
    """Differentiate `spotlight.losses.bpr_loss`; see `pointwise_slopes`."""
    wrong = 1.0 - torch.sigmoid(positive - negative)
    slope = wrong * (1.0 - wrong) / len(positive)
    return wrong.mean(), torch.stack([-slope, slope], dim=1)


def hinge_slopes(positive: Tensor, negative: Tensor) -> tuple[Tensor, Tensor]:
    """Differentiate `spotlight.losses.hinge_loss`; see `pointwise_slopes`."""
    shortfall = negative - positive + 1.0
    slope = (shortfall > 0.0).to(shortfall.dtype) / len(positive)
    return shortfall.clamp_(min=0.0).mean(), torch.stack([-slope, slope], dim=1)


# The adaptive hinge loss is the hinge loss against the hardest negative.
SLOPES: dict[Callable[..., Tensor], Slopes] = {
    losses.pointwise_loss: pointwise_slopes,
    losses.bpr_loss: bpr_slopes,
    losses.hinge_loss: hinge_slopes,
    losses.adaptive_hinge_loss: hinge_slopes,
}
