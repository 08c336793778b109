"""Factorization of implicit feedback: observed pairs against sampled ones."""

from collections.abc import Callable
from typing import ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam

from spotlight.factorization.by_hand import StepByHand
from spotlight.factorization.estimator import (
    FactorizationModel,
    LossFunction,
    OptimizerFunction,
    check_at_least,
)
from spotlight.factorization.representations import BilinearNet
from spotlight.factorization.slopes import SLOPES
from spotlight.losses import adaptive_hinge_loss, bpr_loss, hinge_loss, pointwise_loss


class ImplicitFactorizationModel(FactorizationModel):
    """Matrix factorization fitted by ranking observed items above sampled ones.

    Each observed pair meets negatives of the same user, drawn from all items with equal
    probability; an item the user did interact with may be among them.

    Parameters
    ----------
    loss : {'pointwise', 'bpr', 'hinge', 'adaptive_hinge'}, optional
        See `spotlight.losses`.
    embedding_dim : int, optional
        Length of the vectors.
    n_iter : int, optional
        Passes over the data in a call of `fit`.
    batch_size : int, optional
        Interactions in an optimiser step.
    l2 : float, optional
        Weight decay of Adam.
    learning_rate : float, optional
    optimizer_func : callable, optional
        Takes the network's parameters and returns an optimiser, which then has its own
        learning rate and decay. Adam if left out; SparseAdam if gradients are sparse.
    use_cuda : bool, optional
    representation : Module, optional
        Takes user and item ids (n) and returns scores (n); `BilinearNet` if left out.
    sparse : bool, optional
        Gradients hold only the rows of a batch; needs `l2` = 0.
    random_state : numpy.random.RandomState, optional
        Decides starting weights, order and negatives: the same state, data and device give the
        same model. A new one, seeded by the system, if left out.
    num_negative_samples : int, optional
        Negatives for each positive; adaptive hinge only, the others take one.

    Raises
    ------
    InputError
        If a setting is not one of those allowed, or there is no CUDA device to use.

    References
    ----------
    Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems",
    Computer 42(8), 2009.
    """

    _losses: ClassVar[dict[str, LossFunction]] = {
        "pointwise": pointwise_loss,
        "bpr": bpr_loss,
        "hinge": hinge_loss,
        "adaptive_hinge": adaptive_hinge_loss,
    }

    def __init__(  # noqa: PLR0913, PLR0917 (the signature programs know)
        self,
        loss: str = "pointwise",
        embedding_dim: int = 32,
        n_iter: int = 10,
        batch_size: int = 256,
        l2: float = 0.0,
        learning_rate: float = 1e-2,
        optimizer_func: OptimizerFunction | None = None,
        use_cuda: bool = False,
        representation: nn.Module | None = None,
        sparse: bool = False,
        random_state: np.random.RandomState | None = None,
        num_negative_samples: int = 5,
    ) -> None:
        super().__init__(
            loss=loss,
            embedding_dim=embedding_dim,
            n_iter=n_iter,
            batch_size=batch_size,
            l2=l2,
            learning_rate=learning_rate,
            optimizer_func=optimizer_func,
            use_cuda=use_cuda,
            representation=representation,
            sparse=sparse,
            random_state=random_state,
        )
        check_at_least("num_negative_samples", num_negative_samples, 1)
        self._num_negative_samples = num_negative_samples

    def _learner(self) -> Callable[..., Tensor]:
        own_net = self._representation is None and not self._sparse
        if not own_net or self._optimizer_func or self._use_cuda or self._loss_func not in SLOPES:
            return self._batch_loss
        net, optimizer = cast(BilinearNet, self._fitted_net()), cast(Adam, self._optimizer)
        step = StepByHand(net, optimizer, SLOPES[self._loss_func])
        return lambda users, items: step(users, self._candidates(items))

    def _batch_loss(self, *batch: Tensor) -> Tensor:
        users, items = batch  # (batch), (batch)
        scores = self._scores(users, self._candidates(items))
        positive, negative = scores[:, 0], scores[:, 1:]
        return self._loss_func(
            positive, negative.T if self._loss == "adaptive_hinge" else negative.squeeze(1)
        )

    def _candidates(self, items: Tensor) -> Tensor:
        """Sample items (n) to stand behind each of a batch's own (batch): (batch, 1 + n)."""
        n = self._num_negative_samples if self._loss == "adaptive_hinge" else 1
        negatives = torch.randint(self._num_items or 0, (len(items), n), device=items.device)
        return torch.cat([items.unsqueeze(1), negatives], dim=1)

    def _scores(self, users: Tensor, candidates: Tensor) -> Tensor:
        """Score each user's candidates (batch, 1 + n)."""
        net = self._fitted_net()
        if type(net) is BilinearNet:  # one lookup in each table instead of two
            scores: Tensor = net(users, candidates)
            return scores
        items, negatives = candidates[:, 0], candidates[:, 1:]
        positive = net(users, items).reshape(-1, 1)
        negative = net(users.repeat_interleave(negatives.shape[1]), negatives.reshape(-1))
        return torch.cat([positive, negative.view_as(negatives)], dim=1)
