"""Spotlight's implicit factorization, wrapped as an estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
import torch

from recommender.scorers import Factors
from spotlight.errors import SpotlightError
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.interactions import Interactions
from training.errors import ConfigError, FitError
from training.estimators import cuda_memory
from training.estimators.bounds import require_above_zero, require_least
from training.progress import bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from recommender.scorers import AnyScorer
    from training.dataset import Dataset

_LEAST = {"embedding_dim": 1, "n_epochs": 1, "batch_size": 1, "n_negatives": 1, "l2": 0}


@dataclass(frozen=True)
class SpotlightEstimator:
    """Latent factors fitted by ranking what was bought above what was drawn at random.

    Each distinct (customer, product) pair counts once. See
    :class:`spotlight.factorization.implicit.ImplicitFactorizationModel`; defaults are Spotlight's
    but for the loss, where pointwise (its default) is the weakest for ranking.

    Parameters
    ----------
    loss
        ``bpr``, ``pointwise``, ``hinge`` or ``adaptive_hinge``.
    embedding_dim
        Length of the factors.
    n_epochs
        Passes over the pairs.
    batch_size
        Pairs in an optimiser step.
    l2
        Weight decay.
    learning_rate
        Of Adam.
    n_negatives
        Drawn for each pair; ``adaptive_hinge`` only.
    """

    name: ClassVar[str] = "spotlight"
    loss: str = "bpr"
    embedding_dim: int = 32
    n_epochs: int = 10
    batch_size: int = 256
    l2: float = 0.0
    learning_rate: float = 0.01
    n_negatives: int = 5

    def __post_init__(self) -> None:
        require_least(self, _LEAST)
        require_above_zero(self, "learning_rate")

    def fit(
        self,
        dataset: Dataset,
        *,
        seed: int,
        device: str,
        progress: bool = True,
        on_epoch: Callable[[int, AnyScorer], None] | None = None,
    ) -> Factors:
        """Learn factors; see :class:`training.estimators.contract.Estimator`.

        Parameters
        ----------
        on_epoch
            Called after each pass over the pairs with its number, from 1, and the scorer as it is
            then. What it raises ends the fit.
        """
        model = self._model(seed, device)
        pairs = dataset.counts.tocoo()
        interactions = Interactions(
            pairs.row.astype(np.int32),
            pairs.col.astype(np.int32),
            num_users=dataset.n_customers,
            num_items=dataset.n_products,
        )
        for epoch in bar(range(1, self.n_epochs + 1), "fit", "epoch", shown=progress):
            self._pass(model, interactions, epoch)
            if on_epoch is not None:
                on_epoch(epoch, _scorer(model))
        return _scorer(model)

    def _pass(
        self, model: ImplicitFactorizationModel, interactions: Interactions, epoch: int
    ) -> None:
        try:
            model.fit(interactions)  # continues where the last call ended
        except SpotlightError as error:
            raise FitError(
                f"in pass {epoch} of {self.n_epochs}: {error}; lower learning_rate of spotlight"
            ) from error
        except torch.OutOfMemoryError as error:
            advice = cuda_memory.spotlight_advice(self, interactions, cuda_memory.available())
            raise FitError(f"the CUDA device has too little memory; {advice}") from error
        except (RuntimeError, MemoryError) as error:  # on a CPU torch has no type of its own
            reason = str(error).partition("\n")[0]
            raise FitError(
                f"torch cannot fit this model: {reason}; lower embedding_dim or batch_size of "
                "spotlight if memory is short"
            ) from error

    def _model(self, seed: int, device: str) -> ImplicitFactorizationModel:
        try:
            return ImplicitFactorizationModel(
                loss=self.loss,
                embedding_dim=self.embedding_dim,
                n_iter=1,
                batch_size=self.batch_size,
                l2=self.l2,
                learning_rate=self.learning_rate,
                num_negative_samples=self.n_negatives,
                use_cuda=device == "cuda",
                random_state=np.random.RandomState(seed),
            )
        except SpotlightError as error:
            raise ConfigError(f"[model.parameters] of estimator {self.name!r}: {error}") from error


def _scorer(model: ImplicitFactorizationModel) -> Factors:
    """Copy what the model has learned so far."""
    net = cast("nn.Module", model._net)  # made by fit; there is no public name for it
    learned = {name: _array(tensor) for name, tensor in net.state_dict().items()}
    return Factors(
        customer_factors=learned["user_embeddings.weight"],
        product_factors=learned["item_embeddings.weight"],
        product_biases=learned["item_biases.weight"][:, 0],
    )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.cpu().numpy().copy()
