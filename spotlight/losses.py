"""Losses: what training makes small.

`pointwise_loss`, `bpr_loss`, `hinge_loss` and `adaptive_hinge_loss` compare observed items with
sampled ones; `regression_loss`, `poisson_loss` and `logistic_loss` compare ratings.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own name for it)
from torch import Tensor

from spotlight.torch_utils import assert_no_grad


def pointwise_loss(
    positive_predictions: Tensor, negative_predictions: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Probability that a positive is refused plus that a negative is accepted.

    Parameters
    ----------
    positive_predictions : Tensor
        Scores of observed items.
    negative_predictions : Tensor, same shape
        Scores of sampled items.
    mask : Tensor, same shape, optional
        Entries that are 0 or False do not count.

    Returns
    -------
    Tensor ()
        The mean over the entries that count, from 0 to 2.
    """
    refused = 1.0 - torch.sigmoid(positive_predictions)
    return _mean(refused + torch.sigmoid(negative_predictions), mask)


def bpr_loss(
    positive_predictions: Tensor, negative_predictions: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Probability that a negative ranks above its positive.

    Parameters
    ----------
    positive_predictions, negative_predictions, mask
        As for `pointwise_loss`.

    Returns
    -------
    Tensor ()
        The mean over the entries that count, from 0 to 1.

    References
    ----------
    Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009. The
    probability itself is made small here, not its logarithm.
    """
    return _mean(1.0 - torch.sigmoid(positive_predictions - negative_predictions), mask)


def hinge_loss(
    positive_predictions: Tensor, negative_predictions: Tensor, mask: Tensor | None = None
) -> Tensor:
    """How far a positive falls short of beating its negative by 1.

    Parameters
    ----------
    positive_predictions, negative_predictions, mask
        As for `pointwise_loss`.

    Returns
    -------
    Tensor ()
        The mean over the entries that count, at least 0.
    """
    shortfall = torch.clamp(negative_predictions - positive_predictions + 1.0, min=0.0)
    return _mean(shortfall, mask)


def adaptive_hinge_loss(
    positive_predictions: Tensor,
    negative_predictions: Tensor | Sequence[Tensor],
    mask: Tensor | None = None,
) -> Tensor:
    """Hinge loss against the hardest of several negatives.

    Parameters
    ----------
    positive_predictions : Tensor
        Scores of observed items.
    negative_predictions : Tensor (n_negatives, *shape of the positives) or sequence of Tensor
        Scores of sampled items: entry ``[:, i]`` belongs to positive ``[i]``.
    mask : Tensor, shape of the positives, optional
        Entries that are 0 or False do not count.

    Returns
    -------
    Tensor ()
        The mean over the entries that count, at least 0.

    References
    ----------
    Weston, Bengio and Usunier, "WSABIE: Scaling up to large vocabulary image annotation",
    IJCAI 2011, whose rank-weighted loss this approaches.
    """
    if not isinstance(negative_predictions, Tensor):
        negative_predictions = torch.stack(list(negative_predictions))
    hardest = negative_predictions.amax(0)
    return hinge_loss(positive_predictions, hardest.reshape(positive_predictions.shape), mask)


def regression_loss(observed_ratings: Tensor, predicted_ratings: Tensor) -> Tensor:
    """Squared error.

    Parameters
    ----------
    observed_ratings : Tensor
        Carries no gradient.
    predicted_ratings : Tensor, same shape

    Returns
    -------
    Tensor ()
        The mean, at least 0.

    Raises
    ------
    InputError
        If `observed_ratings` requires a gradient.
    """
    assert_no_grad(observed_ratings)
    return ((observed_ratings - predicted_ratings) ** 2).mean()


def poisson_loss(observed_ratings: Tensor, predicted_ratings: Tensor) -> Tensor:
    """Negative log likelihood of a Poisson count, up to a constant.

    Parameters
    ----------
    observed_ratings : Tensor
        Counts, at least 0; carries no gradient.
    predicted_ratings : Tensor, same shape
        Expected counts, above 0.

    Returns
    -------
    Tensor ()
        The mean.

    Raises
    ------
    InputError
        If `observed_ratings` requires a gradient.
    """
    assert_no_grad(observed_ratings)
    return (predicted_ratings - observed_ratings * torch.log(predicted_ratings)).mean()


def logistic_loss(observed_ratings: Tensor, predicted_ratings: Tensor) -> Tensor:
    """Cross entropy of likes and dislikes.

    Parameters
    ----------
    observed_ratings : Tensor
        1 for a like, -1 for a dislike; carries no gradient.
    predicted_ratings : Tensor, same shape
        Log odds of a like.

    Returns
    -------
    Tensor ()
        The mean, at least 0.

    Raises
    ------
    InputError
        If `observed_ratings` requires a gradient.
    """
    assert_no_grad(observed_ratings)
    liked = torch.clamp(observed_ratings, 0, 1)
    return F.binary_cross_entropy_with_logits(predicted_ratings, liked)


def _mean(losses: Tensor, mask: Tensor | None) -> Tensor:
    if mask is None:
        return losses.mean()
    counted = mask.float()
    return (losses * counted).sum() / counted.sum()
