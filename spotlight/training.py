"""The training loop: shuffled batches, one optimiser step each, the loss watched."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite

import torch
from torch import Tensor
from torch.optim import Optimizer

from spotlight.errors import DivergedError
from spotlight.torch_utils import minibatch

# Reading a loss makes CUDA wait, so losses are read this many steps at a time.
CHECK_EVERY = 50


class EpochLoss:
    """The losses of one epoch, kept on the device and read every `CHECK_EVERY` steps.

    Parameters
    ----------
    epoch : int
        Counted from 0; for messages.
    learning_rate : float
        For messages.
    """

    def __init__(self, epoch: int, learning_rate: float) -> None:
        self._epoch = epoch
        self._learning_rate = learning_rate
        self._unread: list[Tensor] = []
        self._n_read = 0
        self._sum = 0.0

    def add(self, loss: Tensor) -> None:
        """Take the loss of the next step.

        Parameters
        ----------
        loss : Tensor ()

        Raises
        ------
        DivergedError
            If one of the last `CHECK_EVERY` losses is not finite.
        """
        self._unread.append(loss.detach())
        if len(self._unread) == CHECK_EVERY:
            self._read()

    def mean(self) -> float:
        """Read what is left.

        Returns
        -------
        float
            The mean loss of the epoch's steps.

        Raises
        ------
        DivergedError
            If a loss is not finite, or all of them are zero.
        """
        if self._unread:
            self._read()
        if self._sum == 0.0:
            raise DivergedError(
                f"Every loss of epoch {self._epoch} is zero (learning rate "
                f"{self._learning_rate}): no step can change the model any more. Lower the "
                "learning rate, or check that the data are not empty."
            )
        return self._sum / self._n_read

    def _read(self) -> None:
        for loss in torch.stack(self._unread).tolist():
            if not isfinite(loss):
                raise DivergedError(
                    f"The loss is {loss} at epoch {self._epoch}, step {self._n_read} (counted "
                    f"from 0 in this call of fit), learning rate {self._learning_rate}. Lower the "
                    "learning rate or check the ratings, then fit a new model: this one holds "
                    "the diverged weights."
                )
            self._sum += loss
            self._n_read += 1
        self._unread.clear()


def run_epoch(
    columns: Sequence[Tensor],
    batch_size: int,
    optimizer: Optimizer,
    batch_loss: Callable[..., Tensor],
    losses: EpochLoss,
) -> None:
    """Take one optimiser step for every batch of the columns.

    Parameters
    ----------
    columns : sequence of Tensor (n)
        Users, items and whatever else `batch_loss` takes, in the order to train in.
    batch_size : int
    optimizer : Optimizer
    batch_loss : callable
        Takes the slice of every column for a batch, returns its loss. A loss that autograd
        knows nothing of says that the step is already taken.
    losses : EpochLoss
        Takes the loss of every step.
    """
    for batch in minibatch(*columns, batch_size=batch_size):
        loss = batch_loss(*batch)
        if loss.requires_grad:
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
        losses.add(loss)


@contextmanager
def seeded(seed: int, use_cuda: bool) -> Iterator[None]:
    """Seed torch's own generators, and give the program's state back at the end.

    Parameters
    ----------
    seed : int
    use_cuda : bool
        The current CUDA device too.
    """
    devices = [torch.cuda.current_device()] if use_cuda else []
    with torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(seed)
        if use_cuda:
            torch.cuda.manual_seed(seed)
        yield
