"""Shuffle a data set and divide it between training and testing."""

import numpy as np

from spotlight.errors import InputError
from spotlight.hashing import murmurhash3_32
from spotlight.interactions import Interactions


def shuffle_interactions(
    interactions: Interactions, random_state: np.random.RandomState | None = None
) -> Interactions:
    """Put the interactions in random order.

    Parameters
    ----------
    interactions : Interactions
    random_state : numpy.random.RandomState, optional
        A new one, seeded by the system, if left out.

    Returns
    -------
    Interactions
        The same interactions in another order.
    """
    order = np.arange(len(interactions))
    (random_state or np.random.RandomState()).shuffle(order)
    return interactions.take(order)


def random_train_test_split(
    interactions: Interactions,
    test_percentage: float = 0.2,
    random_state: np.random.RandomState | None = None,
) -> tuple[Interactions, Interactions]:
    """Divide the interactions at random.

    Parameters
    ----------
    interactions : Interactions
    test_percentage : float, optional
        Fraction of the interactions to test on, 0 to 1; rounded up to a whole interaction.
    random_state : numpy.random.RandomState, optional

    Returns
    -------
    train, test : Interactions
        Each interaction is in exactly one of them.

    Raises
    ------
    InputError
        If `test_percentage` is not between 0 and 1.
    """
    _check_fraction(test_percentage)
    shuffled = shuffle_interactions(interactions, random_state=random_state)
    cutoff = int((1.0 - test_percentage) * len(shuffled))
    return shuffled.take(slice(None, cutoff)), shuffled.take(slice(cutoff, None))


def user_based_train_test_split(
    interactions: Interactions,
    test_percentage: float = 0.2,
    random_state: np.random.RandomState | None = None,
) -> tuple[Interactions, Interactions]:
    """Divide the users, each with the whole history, by a hash of the user id.

    Parameters
    ----------
    interactions : Interactions
    test_percentage : float, optional
        Fraction of the users to test on, 0 to 1, in whole hundredths (rounded up).
    random_state : numpy.random.RandomState, optional
        Gives the seed of the hash.

    Returns
    -------
    train, test : Interactions
        Each user is in exactly one of them.

    Raises
    ------
    InputError
        If `test_percentage` is not between 0 and 1.
    """
    _check_fraction(test_percentage)
    seed = int((random_state or np.random.RandomState()).randint(0, 2**32 - 1, dtype=np.int64))
    in_test = murmurhash3_32(interactions.user_ids, seed=seed) % 100 / 100.0 < test_percentage
    return interactions.take(~in_test), interactions.take(in_test)


def _check_fraction(test_percentage: float) -> None:
    if not 0.0 <= test_percentage <= 1.0:
        raise InputError(
            f"test_percentage={test_percentage}: it is a fraction, so give a number from 0 to 1."
        )
