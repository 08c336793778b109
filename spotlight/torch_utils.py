"""Between numpy, torch and the device: move, cut into batches, shuffle, seed."""

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from spotlight.errors import InputError

_Movable = TypeVar("_Movable", Tensor, nn.Module)


def gpu(tensor: _Movable, gpu: bool = False) -> _Movable:
    """Move a tensor or a module to CUDA, if asked to.

    Parameters
    ----------
    tensor : Tensor or Module
    gpu : bool, optional
        False returns `tensor` as it is.

    Returns
    -------
    Tensor or Module
    """
    return tensor.cuda() if gpu else tensor


def cpu(tensor: Tensor) -> Tensor:
    """Move a tensor to the CPU; one that is there already is returned as it is.

    Parameters
    ----------
    tensor : Tensor

    Returns
    -------
    Tensor
    """
    return tensor.cpu()


def minibatch(*tensors: Any, batch_size: int = 128) -> Iterator[Any]:
    """Cut tensors of equal length into batches.

    Parameters
    ----------
    *tensors : Tensor or array
    batch_size : int, optional
        Length of every batch but the last, which holds the rest.

    Yields
    ------
    Tensor or array, or a tuple of one for each argument if there are several
        Views, not copies.
    """
    for start in range(0, len(tensors[0]), batch_size):
        batch = tuple(tensor[start : start + batch_size] for tensor in tensors)
        yield batch if len(batch) > 1 else batch[0]


def shuffle(*arrays: NDArray[Any], random_state: np.random.RandomState | None = None) -> Any:
    """Put arrays of equal length into one random order.

    Parameters
    ----------
    *arrays : array
    random_state : numpy.random.RandomState, optional
        A new one, seeded by the system, if left out.

    Returns
    -------
    array, or a tuple of one for each argument if there are several
        Copies.

    Raises
    ------
    InputError
        If the lengths differ.
    """
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise InputError(f"Arrays of lengths {lengths} were given; give arrays of one length.")
    order = np.arange(lengths[0])
    (random_state or np.random.RandomState()).shuffle(order)
    shuffled = tuple(array[order] for array in arrays)
    return shuffled if len(shuffled) > 1 else shuffled[0]


def assert_no_grad(variable: Tensor) -> None:
    """Refuse a target that carries a gradient.

    Parameters
    ----------
    variable : Tensor

    Raises
    ------
    InputError
        If `variable` requires a gradient.
    """
    if variable.requires_grad:
        raise InputError("A loss has no gradient with respect to its targets; detach() them.")


def set_seed(seed: int, cuda: bool = False) -> None:
    """Seed torch for the whole program.

    Parameters
    ----------
    seed : int
    cuda : bool, optional
        Seed the current CUDA device too.
    """
    torch.manual_seed(seed)
    if cuda:
        torch.cuda.manual_seed(seed)
