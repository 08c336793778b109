"""Sample items to act as negatives."""

import numpy as np
from numpy.typing import NDArray

from spotlight.errors import InputError


def sample_items(
    num_items: int,
    shape: int | tuple[int, ...],
    random_state: np.random.RandomState | None = None,
) -> NDArray[np.int64]:
    """Draw items, each as likely as any other, with repetition.

    Parameters
    ----------
    num_items : int
        Number of items to draw from.
    shape : int or tuple of int
        How many to draw.
    random_state : numpy.random.RandomState, optional
        A new one, seeded by the system, if left out.

    Returns
    -------
    int64 (shape)
        Item ids from 0 to `num_items` - 1.

    Raises
    ------
    InputError
        If there is no item to draw.
    """
    if num_items < 1:
        raise InputError(f"num_items={num_items}: there must be at least one item to sample.")
    random_state = random_state or np.random.RandomState()
    return random_state.randint(0, num_items, shape, dtype=np.int64)
