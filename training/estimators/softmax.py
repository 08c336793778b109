"""Factors from a customer's history, trained to tell what is bought from all that could be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch.nn import functional

from recommender.scorers import AnyScorer, Factors
from training.errors import ConfigError, FitError
from training.estimators import cuda_memory
from training.estimators.bounds import require_above_zero, require_least
from training.estimators.features import log_counts
from training.estimators.spread import scale_to_one
from training.progress import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from scipy import sparse
    from torch import Tensor

    from training.dataset import Dataset

_START = 0.05  # standard deviation of the factors at the start
_CHECKED_STEPS = 25  # between two looks at whether the loss is still finite
_BLOCK = 1 << 26  # entries of the histories encoded at once


@dataclass(frozen=True)
class SoftmaxEstimator:
    """A linear autoencoder of low rank under the softmax loss.

    A customer's vector is the sum of the encodings of the products bought, weighted by
    log(1 + count) and scaled to the length of the history, so that somebody known only by a basket
    is scored in the same way. In each step a random part of the history is hidden, and the model
    is to find it among all products that are not shown: what `discover` asks of it. Liang et al.,
    "Variational autoencoders for collaborative filtering", 2018, without its hidden layer.

    Customers are scaled so that their scores spread by about 1, which makes scorers comparable and
    changes no ranking; the last factor adapts the products' biases to that scale.

    Parameters
    ----------
    embedding_dim
        Length of the factors, without the bias.
    n_epochs
        Passes over the customers.
    batch_size
        Customers in an optimiser step.
    learning_rate
        Of AdamW, at its peak; it rises and falls in one cycle.
    l2
        Weight decay.
    hidden
        Share of the history that is hidden, between 0 and 1.
    """

    name: ClassVar[str] = "softmax"
    embedding_dim: int = 256
    n_epochs: int = 25
    batch_size: int = 256
    learning_rate: float = 0.003
    l2: float = 1.0
    hidden: float = 0.35

    def __post_init__(self) -> None:
        require_least(
            self,
            {"embedding_dim": 1, "n_epochs": 1, "batch_size": 1, "l2": 0},
        )
        require_above_zero(self, "learning_rate")
        if not 0 < self.hidden < 1:
            raise ConfigError(f"hidden = {self.hidden!r} is not allowed; give it between 0 and 1")

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
            Called after each pass with its number, from 1, and the scorer so far.
        """
        rows = log_counts(dataset.counts)
        customers = np.flatnonzero(np.diff(rows.indptr))
        if customers.size == 0:
            raise FitError("there is no purchase to learn from; give more data")
        try:
            return self._learn(rows, customers, seed, device, progress, on_epoch)
        except torch.OutOfMemoryError as error:
            memory = cuda_memory.available()
            advice = cuda_memory.softmax_advice(self, dataset.n_products, memory)
            raise FitError(f"the CUDA device has too little memory; {advice}") from error
        except (RuntimeError, MemoryError) as error:  # on a CPU torch has no type of its own
            reason = str(error).partition("\n")[0]
            raise FitError(
                f"torch cannot fit this model: {reason}; lower embedding_dim or batch_size of "
                "softmax if memory is short"
            ) from error

    def _learn(
        self,
        rows: sparse.csr_matrix[np.float32],
        customers: NDArray[np.int64],
        seed: int,
        device: str,
        progress: bool,
        on_epoch: Callable[[int, AnyScorer], None] | None,
    ) -> Factors:
        run = _Run(self, rows, device, torch.Generator(device).manual_seed(seed))
        order = np.random.default_rng(seed)
        n_steps = math.ceil(customers.size / self.batch_size)
        schedule = run.schedule(n_steps * self.n_epochs)
        for epoch in bar(range(1, self.n_epochs + 1), "fit", "epoch", shown=progress):
            shuffled = order.permutation(customers)
            for step in range(n_steps):
                loss = run.step(shuffled[step * self.batch_size : (step + 1) * self.batch_size])
                schedule.step()
                if step % _CHECKED_STEPS == 0 or step == n_steps - 1:
                    self._require_finite(loss, epoch, step)
            if on_epoch is not None:
                on_epoch(epoch, run.scorer())
        return run.scorer()

    def _require_finite(self, loss: Tensor, epoch: int, step: int) -> None:
        if not torch.isfinite(loss):
            raise FitError(
                f"the loss is {loss.item()} at step {step} of pass {epoch} of {self.n_epochs}, "
                f"learning rate {self.learning_rate}; lower learning_rate of softmax"
            )


class _Run:
    """Parameters, optimiser and data of one training."""

    def __init__(
        self,
        settings: SoftmaxEstimator,
        rows: sparse.csr_matrix[np.float32],
        device: str,
        generator: torch.Generator,
    ) -> None:
        self.settings, self.rows, self.device, self.generator = settings, rows, device, generator
        n_products, dim = rows.shape[1], settings.embedding_dim
        buyers = np.bincount(rows.indices, minlength=n_products) + 1.0
        self.encodings = self._parameter(
            torch.randn(n_products, dim, device=device, generator=generator) * _START
        )
        self.factors = self._parameter(
            torch.randn(n_products, dim, device=device, generator=generator) * _START
        )
        self.biases = self._parameter(
            torch.as_tensor(np.log(buyers) - np.log(buyers).mean(), dtype=torch.float32)
        )
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [self.encodings, self.factors], "weight_decay": settings.l2},
                {"params": [self.biases], "weight_decay": 0},
            ],
            lr=settings.learning_rate,
            fused=True,
        )

    def _parameter(self, values: Tensor) -> torch.nn.Parameter:
        return torch.nn.Parameter(values.to(self.device))

    def schedule(self, n_steps: int) -> torch.optim.lr_scheduler.LRScheduler:
        """Return a learning rate that rises for a tenth of the steps and falls after."""
        return torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, self.settings.learning_rate, total_steps=n_steps + 1, pct_start=0.1
        )

    def step(self, customers: NDArray[np.int64]) -> Tensor:
        """Take one optimiser step on some customers and return the loss."""
        history = torch.as_tensor(self.rows[customers].toarray(), device=self.device)
        bought = history > 0  # (batch, n_products)
        chance = torch.rand(history.shape, device=self.device, generator=self.generator)
        shown = bought & (chance > self.settings.hidden)
        wanted = bought & ~shown
        logits = self.vectors(history * shown) @ self.factors.T + self.biases
        likelihoods = functional.log_softmax(logits.masked_fill(shown, -torch.inf), 1)
        n_wanted = wanted.sum(1).clamp(min=1).float()
        found = likelihoods.masked_fill(~wanted, 0).sum(1)
        # Between a mean over customers and one over products: each customer counts by the root.
        loss = -(found / n_wanted.sqrt()).mean() / n_wanted.sqrt().mean()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.detach()

    def vectors(self, history: Tensor) -> Tensor:
        """Encode histories: (batch, n_products) to (batch, embedding_dim)."""
        return functional.normalize(history) @ self.encodings

    def scorer(self) -> Factors:
        """Return what has been learned so far."""
        vectors = np.vstack([_array(self._vectors(block)) for block in self._blocks()])
        biases = _array(self.biases)
        products = np.column_stack([_array(self.factors), biases])
        customers = np.column_stack([vectors, np.ones(len(vectors), np.float32)])
        scale = scale_to_one(customers, products)
        usual = np.median(scale)
        customers *= scale[:, np.newaxis]
        customers[:, -1] -= usual  # the rest of the biases, beyond those of everybody
        encodings = np.column_stack([_array(self.encodings), np.zeros_like(biases)])
        return Factors(
            customer_factors=customers,
            product_factors=products,
            product_biases=biases * usual,
            product_encodings=encodings * usual,
        )

    def _blocks(self) -> Iterator[sparse.csr_matrix[np.float32]]:
        step = max(1, _BLOCK // self.rows.shape[1])
        for start in range(0, self.rows.shape[0], step):
            yield self.rows[start : start + step]

    @torch.no_grad()
    def _vectors(self, rows: sparse.csr_matrix[np.float32]) -> Tensor:
        return self.vectors(torch.as_tensor(rows.toarray(), device=self.device))


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().cpu().numpy())
