"""The bilinear score and its gradient by hand, which on the CPU costs a quarter of autograd's.

Let S be the (users, items) matrix of d loss / d score: as sparse as the batch. Then the gradient of
the user vectors is S times the item vectors, that of the item vectors is S' times the user
vectors, and those of the biases are the sums of the rows and of the columns of S. Sparse products
read the vectors where they are, where autograd copies every row of the batch several times.

On CUDA such products add in no fixed order, so this is for the CPU.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import Function, once_differentiable

with warnings.catch_warnings():  # torch says once in a process that these tensors are in beta
    warnings.simplefilter("ignore")
    torch.sparse_csr_tensor([0, 0], [], [], (1, 1))


def bilinear_scores(tables: Sequence[Tensor], user_ids: Tensor, item_ids: Tensor) -> Tensor:
    """Score each item for its user: user vector . item vector + user bias + item bias.

    Parameters
    ----------
    tables : sequence of Tensor
        User vectors and item vectors (rows, dim), user biases and item biases (rows, 1).
    user_ids : Tensor of int64 (batch)
    item_ids : Tensor of int64 (batch, n)

    Returns
    -------
    Tensor (batch, n)
    """
    user_vectors, item_vectors, user_biases, item_biases = tables
    n, flat_ids = item_ids.shape[1], item_ids.reshape(-1)
    biases = item_biases.index_select(0, flat_ids).view_as(item_ids)
    biases += user_biases.index_select(0, user_ids)  # (batch, 1)
    wanted = torch.sparse_csr_tensor(
        torch.arange(0, len(flat_ids) + 1, n),
        flat_ids,
        biases.view(-1),
        (len(user_ids), len(item_vectors)),
        check_invariants=False,
    )
    users = user_vectors.index_select(0, user_ids)  # (batch, dim)
    scores: Tensor = torch.sparse.sampled_addmm(wanted, users, item_vectors.T).values()
    return scores.view_as(item_ids)


def bilinear_gradients(
    tables: Sequence[Tensor],
    user_ids: Tensor,
    item_ids: Tensor,
    slopes: Tensor,
    out: Sequence[Tensor],
) -> None:
    """Pass the slopes of the scores on to the four tables.

    Parameters
    ----------
    tables, user_ids, item_ids
        As for `bilinear_scores`.
    slopes : Tensor (batch, n)
        d loss / d score.
    out : sequence of Tensor
        A gradient of the shape of each table; what they hold is overwritten.
    """
    user_vectors, item_vectors, _, _ = tables
    to_users, to_items, to_user_biases, to_item_biases = out
    rows, columns = user_ids.repeat_interleave(item_ids.shape[1]), item_ids.reshape(-1)
    values = slopes.reshape(-1)
    _multiply(rows, columns, values, item_vectors, out=to_users)
    _multiply(columns, rows, values, user_vectors, out=to_items)
    to_user_biases.zero_().view(-1).index_add_(0, rows, values)
    to_item_biases.zero_().view(-1).index_add_(0, columns, values)


def _multiply(rows: Tensor, columns: Tensor, values: Tensor, dense: Tensor, out: Tensor) -> None:
    """Multiply a sparse matrix and a dense one; values of one place in the former add up."""
    size = (len(out), len(dense))
    matrix = torch.sparse_coo_tensor(
        torch.stack([rows, columns]), values, size, check_invariants=False
    )
    torch.addmm(out, matrix, dense, beta=0, out=out)


class BilinearScore(Function):
    """`bilinear_scores` for autograd, with `bilinear_gradients` as its gradient."""

    @staticmethod
    def forward(  # noqa: PLR0917 (autograd passes by position)
        ctx: Any,
        user_vectors: Tensor,
        item_vectors: Tensor,
        user_biases: Tensor,
        item_biases: Tensor,
        user_ids: Tensor,
        item_ids: Tensor,
    ) -> Tensor:
        """Score each item for its user; see `bilinear_scores`."""
        tables = (user_vectors, item_vectors, user_biases, item_biases)
        ctx.save_for_backward(*tables, user_ids, item_ids)
        return bilinear_scores(tables, user_ids, item_ids)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Pass the gradient of the scores on to the four tables.

        Parameters
        ----------
        ctx : context
        grad_outputs : Tensor (batch, n)

        Returns
        -------
        tuple
            A gradient for each table, None for the ids.
        """
        *tables, user_ids, item_ids = ctx.saved_tensors
        gradients = [torch.empty_like(table) for table in tables]
        bilinear_gradients(tables, user_ids, item_ids, grad_outputs[0], gradients)
        return *gradients, None, None
