"""How much CUDA memory a fit takes, and which setting to lower when that is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from spotlight.interactions import Interactions
    from training.estimators.softmax import SoftmaxEstimator
    from training.estimators.spotlight import SpotlightEstimator

_FLOAT = 4  # bytes
_GIB = 2**30
# Tables: weights, gradient, its copy while autograd adds up, two moments of Adam.
_COPIES_OF_TABLES = 5
# Vectors of a batch: looked up, multiplied, and a gradient of each.
_COPIES_OF_BATCH = 5
# Of softmax, a customer and product in a step: history, chances, logits, likelihoods, gradients.
_BYTES_IN_A_STEP = 60
# Of softmax: two tables, each with weights, gradient and two moments of Adam.
_COPIES_OF_BOTH_TABLES = 8
# Two columns of int64, once in order and once shuffled, and the order itself.
_BYTES_A_PAIR = 40


def available() -> int:
    """Bytes of the current CUDA device that this process has or could have."""
    free, _ = torch.cuda.mem_get_info()
    return free + torch.cuda.memory_reserved()


def spotlight_advice(estimator: SpotlightEstimator, interactions: Interactions, memory: int) -> str:
    """Name the setting of `spotlight` to lower and the size that would fit.

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
    least = min(256, estimator.batch_size)
    embedding_dim = left // (width + of_pair * least) - 1
    return _advice(
        estimator, batch_size, least, embedding_dim, f"{_gib(memory)} {n_rows:,} vectors"
    )


def softmax_advice(estimator: SoftmaxEstimator, n_products: int, memory: int) -> str:
    """Name the setting of `softmax` to lower and the size that would fit; as for `spotlight`."""
    width = _COPIES_OF_BOTH_TABLES * _FLOAT * n_products  # bytes of the tables for each column
    of_customer = _BYTES_IN_A_STEP * n_products
    batch_size = (memory - width * estimator.embedding_dim) // of_customer
    least = min(64, estimator.batch_size)
    embedding_dim = (memory - of_customer * least) // width
    there = f"{_gib(memory)} {n_products:,} products"
    return _advice(estimator, batch_size, least, embedding_dim, there)


def _gib(memory: int) -> str:
    return f"{memory / _GIB:.1f} GiB are there for"


def _advice(
    estimator: SpotlightEstimator | SoftmaxEstimator,
    batch_size: int,
    least: int,
    embedding_dim: int,
    there: str,
) -> str:
    """Name the batch size that fits, or if it is below the least, the length of the factors."""
    # Below that, steps are too many: the tables are what is too large.
    setting, fits = (
        ("batch_size", batch_size) if batch_size >= least else ("embedding_dim", embedding_dim)
    )
    given: int = getattr(estimator, setting)
    fits = min(fits, given // 2)  # what should fit may not, as others take memory too
    if fits < 1:
        return f"{there}, not enough at any setting; fit on the CPU"
    return f"{there}: lower {setting} of {estimator.name} from {given} to {fits}"
