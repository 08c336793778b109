"""MurmurHash3 of integer ids, vectorised."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spotlight.errors import InputError

_ID_BYTES = 4


def murmurhash3_32(ids: NDArray[Any], seed: int = 0) -> NDArray[np.uint32]:
    """Hash every id with the 32-bit MurmurHash3 of its four bytes.

    Parameters
    ----------
    ids : array of integers, any shape
        Ids that fit a signed 32-bit integer; hashed as little-endian int32.
    seed : int, optional
        0 to 2**32 - 1; another seed is another hash function.

    Returns
    -------
    uint32, shape of `ids`
        The hashes; ``.view(numpy.int32)`` gives the signed form.

    Raises
    ------
    InputError
        If an id does not fit a signed 32-bit integer.

    References
    ----------
    Austin Appleby, MurmurHash3_x86_32, public domain, 2011.
    """
    keys = np.asarray(ids)
    limits = np.iinfo(np.int32)
    if keys.size and (keys.min() < limits.min or keys.max() > limits.max):
        raise InputError(
            f"ids from {keys.min()} to {keys.max()} were given, but only ids that fit a signed "
            "32-bit integer can be hashed; number them anew from 0."
        )
    blocks = keys.reshape(-1).astype(np.int32).view(np.uint32)
    blocks = _rotated(blocks * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
    state = _rotated(np.uint32(seed) ^ blocks, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    return _finalised(state ^ np.uint32(_ID_BYTES)).reshape(keys.shape)


def _rotated(words: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return (words << np.uint32(bits)) | (words >> np.uint32(32 - bits))


def _finalised(state: NDArray[np.uint32]) -> NDArray[np.uint32]:
    state = (state ^ (state >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    state = (state ^ (state >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return state ^ (state >> np.uint32(16))
