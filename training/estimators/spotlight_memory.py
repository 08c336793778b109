"""How much CUDA memory a Spotlight fit takes, and which setting to lower when that is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from spotlight.interactions import Interactions
    from training.estimators.spotlight import SpotlightEstimator

_FLOAT = 4  # bytes
_GIB = 2**30
# Tables: weights, gradient, its copy while autograd adds up, two moments of Adam.
_COPIES_OF_TABLES = 5
# Vectors of a batch: looked up, multiplied, and a gradient of each.
_COPIES_OF_BATCH = 5
# Two columns of int64, once in order and once shuffled, and the order itself.
_BYTES_A_PAIR = 40


def available() -> int:
    """Bytes of the current CUDA device that this process has or could have."""
    free, _ = torch.cuda.mem_get_info()
    return free + torch.cuda.memory_reserved()


def advice(estimator: SpotlightEstimator, interactions: Interactions, memory: int) -> str:
    """Name the setting to lower and the size that would fit.

    Parameters
    ----------
    estimator, interactions
        What ran out of memory.
    memory
        Bytes there are.

    Returns
    -------
    str
        The part of a message that says what is given and what to do.
    """
    left = memory - _BYTES_A_PAIR * len(interactions)
    n_rows = interactions.num_users + interactions.num_items
    width = _COPIES_OF_TABLES * _FLOAT * n_rows  # bytes of the tables for each column
    rows_a_pair = 3 if estimator.loss != "adaptive_hinge" else 2 + estimator.n_negatives
    of_pair = _COPIES_OF_BATCH * _FLOAT * rows_a_pair  # bytes of a batch for each pair and column
    n_columns = estimator.embedding_dim + 1  # the bias is one more
    batch_size = (left - width * n_columns) // (of_pair * n_columns)
    # Below this, steps are too many: the tables are what is too large.
    if batch_size >= min(256, estimator.batch_size):
        setting, given, fits = "batch_size", estimator.batch_size, batch_size
    else:
        setting, given = "embedding_dim", estimator.embedding_dim
        fits = left // (width + of_pair * min(256, estimator.batch_size)) - 1
    fits = min(fits, given // 2)
    there = f"{memory / _GIB:.1f} GiB are there for {n_rows:,} vectors"
    if fits < 1:
        return f"{there}, not enough at any setting; fit on the CPU"
    return f"{there}: lower model.parameters.{setting} from {given} to {fits}"
