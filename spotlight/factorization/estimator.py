"""What the implicit and the explicit factorization model share."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.optim import Adam, Optimizer, SparseAdam

from spotlight.errors import InputError, NotFittedError
from spotlight.factorization.pickling import (
    plain_optimizer,
    plain_random_state,
    restored_optimizer,
    restored_random_state,
)
from spotlight.factorization.representations import BilinearNet
from spotlight.interactions import Interactions, check_ids
from spotlight.training import EpochLoss, run_epoch, seeded

LossFunction = Callable[..., Tensor]
OptimizerFunction = Callable[[Iterator[nn.Parameter]], Optimizer]


class FactorizationModel(ABC):
    """A network, its optimiser, and the loop that fits it.

    Parameters are those of `ImplicitFactorizationModel` and `ExplicitFactorizationModel`,
    which say what is fitted.
    """

    _losses: ClassVar[Mapping[str, LossFunction]]

    def __init__(  # noqa: PLR0913 (the signature programs know)
        self,
        *,
        loss: str,
        embedding_dim: int,
        n_iter: int,
        batch_size: int,
        l2: float,
        learning_rate: float,
        optimizer_func: OptimizerFunction | None,
        use_cuda: bool,
        representation: nn.Module | None,
        sparse: bool,
        random_state: np.random.RandomState | None,
    ) -> None:
        self._loss = loss
        self._embedding_dim = embedding_dim
        self._n_iter = n_iter
        self._learning_rate = learning_rate
        self._batch_size = batch_size
        self._l2 = l2
        self._use_cuda = use_cuda
        self._representation = representation
        self._sparse = sparse
        self._optimizer_func = optimizer_func
        self._random_state = random_state or np.random.RandomState()
        self._check_settings()

        self._num_users: int | None = None
        self._num_items: int | None = None
        self._net: nn.Module | None = None
        self._optimizer: Optimizer | None = None
        self._loss_func = self._losses[loss]

    def __repr__(self) -> str:
        net = "[uninitialised]" if self._net is None else repr(self._net)
        return f"<{type(self).__name__}: {net}>"

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__ | {"_random_state": plain_random_state(self._random_state)}
        if self._optimizer is not None:
            state["_optimizer"] = plain_optimizer(self._optimizer)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._random_state = restored_random_state(state["_random_state"])
        if state["_optimizer"] is not None:
            self._optimizer = restored_optimizer(state["_optimizer"])

    @property
    def _initialized(self) -> bool:
        return self._net is not None

    @property
    def _device(self) -> torch.device:
        return torch.device("cuda" if self._use_cuda else "cpu")

    def _check_settings(self) -> None:
        if self._loss not in self._losses:
            raise InputError(f"loss={self._loss!r}: choose one of {', '.join(self._losses)}.")
        check_at_least("embedding_dim", self._embedding_dim, 1)
        check_at_least("batch_size", self._batch_size, 1)
        check_at_least("n_iter", self._n_iter, 0)
        if self._use_cuda and not torch.cuda.is_available():
            raise InputError("use_cuda=True, but torch finds no CUDA device; give use_cuda=False.")

    def _initialize(self, interactions: Interactions) -> None:
        self._num_users = interactions.num_users
        self._num_items = interactions.num_items
        net = self._representation
        if net is None:
            net = BilinearNet(
                self._num_users, self._num_items, self._embedding_dim, sparse=self._sparse
            )
        self._net = net.to(self._device)
        self._optimizer = self._make_optimizer(self._net)

    def _make_optimizer(self, net: nn.Module) -> Optimizer:
        if self._optimizer_func is not None:
            return self._optimizer_func(net.parameters())
        if not any(getattr(module, "sparse", False) for module in net.modules()):
            return Adam(net.parameters(), lr=self._learning_rate, weight_decay=self._l2, fused=True)
        if self._l2:
            raise InputError(
                f"l2={self._l2} with sparse gradients: the penalty would touch every row. Give "
                "l2=0.0, dense gradients, or an optimizer_func that allows both."
            )
        return SparseAdam(net.parameters(), lr=self._learning_rate)

    def _check_input(
        self, user_ids: ArrayLike, item_ids: ArrayLike | None, allow_items_none: bool = False
    ) -> None:
        check_ids(np.asarray(user_ids), self._num_users or 0, "user")
        if not (allow_items_none and item_ids is None):
            check_ids(np.asarray(item_ids), self._num_items or 0, "item")

    def fit(self, interactions: Interactions, verbose: bool = False) -> None:
        """Fit the model; called again, go on from where the last call stopped.

        Parameters
        ----------
        interactions : Interactions
            At least one; with ratings, if the model is explicit.
        verbose : bool, optional
            Print the loss after every epoch.

        Raises
        ------
        InputError
            If the interactions are empty, lack ratings that are needed, or have ids beyond
            those of the first call.
        DivergedError
            If a loss is not finite (found within 50 steps) or an epoch's losses are all zero.
        """
        columns = self._columns(interactions)
        with seeded(int(self._random_state.randint(2**31)), self._use_cuda):
            if self._net is None:
                self._initialize(interactions)
            self._check_input(interactions.user_ids, interactions.item_ids)
            self._run_epochs([column.to(self._device) for column in columns], verbose)

    def _columns(self, interactions: Interactions) -> list[Tensor]:
        if not len(interactions):
            raise InputError("There are no interactions to fit; give at least one.")
        ids = (interactions.user_ids, interactions.item_ids)
        return [torch.from_numpy(column.astype(np.int64)) for column in ids]

    def _run_epochs(self, columns: list[Tensor], verbose: bool) -> None:
        net, optimizer = self._fitted_net(), cast(Optimizer, self._optimizer)
        net.train()
        batch_loss = self._learner()
        for epoch in range(self._n_iter):
            order = torch.randperm(len(columns[0]), device=self._device)
            losses = EpochLoss(epoch, optimizer.param_groups[0]["lr"])
            run_epoch(
                [column[order] for column in columns],
                self._batch_size,
                optimizer,
                batch_loss,
                losses,
            )
            mean_loss = losses.mean()
            if verbose:
                sys.stdout.write(f"Epoch {epoch}: loss {mean_loss}\n")

    def _learner(self) -> Callable[..., Tensor]:
        """Return what `spotlight.training.run_epoch` calls with every batch."""
        return self._batch_loss

    @abstractmethod
    def _batch_loss(self, *batch: Tensor) -> Tensor:
        """Score a batch of the columns and return its mean loss."""

    def _fitted_net(self) -> nn.Module:
        if self._net is None:
            raise NotFittedError("The model is not fitted yet; call fit(interactions) first.")
        return self._net

    def predict(self, user_ids: ArrayLike, item_ids: ArrayLike | None = None) -> NDArray[Any]:
        """Score items for one user, or pairs of users and items.

        Parameters
        ----------
        user_ids : int or array of int (n)
            One user for all of `item_ids`, or a user for each.
        item_ids : int or array of int (n), optional
            All items, in order, if left out.

        Returns
        -------
        float32 (n)
            Higher is better; comparable only within a user unless the model is explicit.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        InputError
            If an id is unknown to the model, or the lengths differ.
        """
        net = self._fitted_net()
        users, items = self._pairs(user_ids, item_ids)
        net.eval()
        with torch.inference_mode():
            predictions = self._response(net(users, items))
        return predictions.cpu().numpy().reshape(-1)

    def _pairs(self, user_ids: ArrayLike, item_ids: ArrayLike | None) -> tuple[Tensor, Tensor]:
        self._check_input(user_ids, item_ids, allow_items_none=True)
        chosen = np.arange(self._num_items or 0) if item_ids is None else item_ids
        users, items = (np.asarray(ids).astype(np.int64).reshape(-1) for ids in (user_ids, chosen))
        if len(users) not in (1, len(items)):
            raise InputError(
                f"{len(users)} user ids and {len(items)} item ids were given; give one user, or "
                "a user for each item."
            )
        on_device = [torch.from_numpy(ids).to(self._device) for ids in (users, items)]
        return on_device[0].expand(len(items)), on_device[1]

    def _response(self, scores: Tensor) -> Tensor:
        """Turn the network's scores into predictions."""
        return scores


def check_at_least(name: str, value: int, least: int) -> None:
    """Refuse a setting that is too small.

    Parameters
    ----------
    name : str
    value, least : int

    Raises
    ------
    InputError
        If `value` is below `least`.
    """
    if value < least:
        raise InputError(f"{name}={value}: it must be at least {least}.")
