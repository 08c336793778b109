"""Random states and optimisers as plain containers, which torch.load reads without more trust."""

from collections import defaultdict
from typing import Any

import numpy as np
from torch.optim import Optimizer


def plain_random_state(random_state: np.random.RandomState) -> dict[str, Any]:
    """Take a random state apart.

    Parameters
    ----------
    random_state : numpy.random.RandomState

    Returns
    -------
    dict
        Numbers, strings and lists only.
    """
    plain: Any = random_state.get_state(legacy=False)
    plain["state"] = {name: np.asarray(part).tolist() for name, part in plain["state"].items()}
    return dict(plain)


def restored_random_state(plain: dict[str, Any]) -> np.random.RandomState:
    """Put together what `plain_random_state` took apart.

    Parameters
    ----------
    plain : dict

    Returns
    -------
    numpy.random.RandomState
        It goes on with the numbers the original would have drawn.
    """
    random_state = np.random.RandomState()
    random_state.set_state(plain)
    return random_state


def plain_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    """Take an optimiser apart.

    Parameters
    ----------
    optimizer : Optimizer

    Returns
    -------
    dict
        Its class and what it would pickle, with a dict for the defaultdict of moments.
    """
    parts: dict[str, Any] = optimizer.__getstate__()
    return {"class": type(optimizer), **parts, "state": dict(optimizer.state)}


def restored_optimizer(plain: dict[str, Any]) -> Optimizer:
    """Put together what `plain_optimizer` took apart.

    Parameters
    ----------
    plain : dict
        Read from the same file as the network, so that both hold the same parameters.

    Returns
    -------
    Optimizer
        It goes on from the moments the original had.
    """
    parts = {name: part for name, part in plain.items() if name != "class"}
    optimizer: Optimizer = plain["class"].__new__(plain["class"])
    optimizer.__setstate__(parts | {"state": defaultdict(dict, plain["state"])})
    return optimizer
