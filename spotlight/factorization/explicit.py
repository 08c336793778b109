"""Factorization of explicit feedback: ratings."""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from spotlight.errors import InputError
from spotlight.factorization.estimator import FactorizationModel, LossFunction, OptimizerFunction
from spotlight.interactions import Interactions
from spotlight.losses import logistic_loss, poisson_loss, regression_loss


class ExplicitFactorizationModel(FactorizationModel):
    """Matrix factorization fitted to ratings.

    `predict` gives what the ratings are: a rating for 'regression', an expected count for
    'poisson', the probability of a like for 'logistic', whose ratings are 1 and -1.

    Parameters
    ----------
    loss : {'regression', 'poisson', 'logistic'}, optional
        See `spotlight.losses`.
    embedding_dim, n_iter, batch_size, l2, learning_rate, optimizer_func, use_cuda, \
representation, sparse, random_state
        As for `spotlight.factorization.implicit.ImplicitFactorizationModel`.

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
        "regression": regression_loss,
        "poisson": poisson_loss,
        "logistic": logistic_loss,
    }

    def __init__(  # noqa: PLR0913, PLR0917 (the signature programs know)
        self,
        loss: str = "regression",
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

    def _columns(self, interactions: Interactions) -> list[Tensor]:
        if interactions.ratings is None:
            raise InputError(
                "An explicit model learns ratings, but these interactions have none; give "
                "Interactions(..., ratings=...)."
            )
        ratings = torch.from_numpy(interactions.ratings.astype(np.float32))
        return [*super()._columns(interactions), ratings]

    def _batch_loss(self, *batch: Tensor) -> Tensor:
        users, items, ratings = batch  # (batch), (batch), (batch)
        scores = self._fitted_net()(users, items).reshape(-1)
        # The logistic loss takes log odds, which are exact where a probability would round.
        predictions = scores if self._loss == "logistic" else self._response(scores)
        return self._loss_func(ratings, predictions)

    def _response(self, scores: Tensor) -> Tensor:
        if self._loss == "poisson":
            return scores.exp()
        return scores.sigmoid() if self._loss == "logistic" else scores
