"""An optimiser step of the implicit model with every derivative written down.

The same numbers as autograd and Adam give, up to rounding, at a third of the cost on the CPU: most
of a small batch's time is spent in preparing operations, not in doing them.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Adam
from torch.optim.adam import adam

from spotlight.factorization.bilinear import bilinear_gradients, bilinear_scores
from spotlight.factorization.representations import BilinearNet
from spotlight.factorization.slopes import Slopes


class StepByHand:
    """Takes a step for every batch it is called with.

    Parameters
    ----------
    net : BilinearNet
        As it comes, with dense gradients, on the CPU.
    optimizer : Adam
        Fused, over the parameters of `net`.
    slopes : callable
        One of `spotlight.factorization.slopes.SLOPES`.
    """

    def __init__(self, net: BilinearNet, optimizer: Adam, slopes: Slopes) -> None:
        self._tables = [table.detach() for table in net.tables]
        self._gradients = [torch.zeros_like(table) for table in self._tables]
        for table, gradient in zip(net.tables, self._gradients, strict=True):
            table.grad = gradient
        self._slopes = slopes
        self._adam = _prepared(optimizer)

    def __call__(self, users: Tensor, candidates: Tensor) -> Tensor:
        """Change the network by one step.

        Parameters
        ----------
        users : Tensor of int64 (batch)
        candidates : Tensor of int64 (batch, 1 + n)
            Each user's observed item and sampled ones, of which the hardest is learned from.

        Returns
        -------
        Tensor ()
            The loss before the step.
        """
        scores = bilinear_scores(self._tables, users, candidates)  # (batch, 1 + n)
        if candidates.shape[1] > 2:
            hardest = scores[:, 1:].argmax(1, keepdim=True) + 1  # (batch, 1)
            chosen = torch.cat([torch.zeros_like(hardest), hardest], dim=1)
            candidates, scores = candidates.gather(1, chosen), scores.gather(1, chosen)
        loss, slopes = self._slopes(*scores.unbind(1))
        bilinear_gradients(self._tables, users, candidates, slopes, out=self._gradients)
        self._adam()
        return loss


def _prepared(optimizer: Adam) -> Callable[[], object]:
    """Give an optimiser's step without what its `step` looks up and checks anew every time."""
    (group,) = optimizer.param_groups
    lists: list[list[Tensor]] = [[] for _ in range(5)]
    parameters, gradients, means, squares, steps = lists
    optimizer._init_group(  # type: ignore[no-untyped-call]
        group, parameters, gradients, means, squares, [], steps
    )
    parameters = [parameter.detach() for parameter in parameters]
    beta1, beta2 = group["betas"]
    return lambda: adam(
        parameters,
        gradients,
        means,
        squares,
        [],
        steps,
        fused=True,
        beta1=beta1,
        beta2=beta2,
        lr=group["lr"],
        weight_decay=group["weight_decay"],
        eps=group["eps"],
        amsgrad=False,
        maximize=False,
    )
