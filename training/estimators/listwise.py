"""Weights of a sum of scores under which what was bought comes before what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import optimize

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from training.estimators.pair_features import PairFeatures

_RIDGE = 1e-3
_STEPS = 100
_START = 0.5  # of each scorer
_ENTRIES = 12_000_000  # customers times products, of which each scorer takes 4 bytes


@dataclass(frozen=True, eq=False)
class Lists:
    """Lists to order: for each customer every product, with what was bought later.

    Attributes
    ----------
    scores
        float32 (n_scorers, n_customers, n_products); spread of about 1 in a row.
    wanted
        bool (n_customers, n_products); bought later, at least one a customer.
    allowed
        bool (n_customers, n_products); what may come into the list; all that is wanted.
    """

    scores: NDArray[np.float32]
    wanted: NDArray[np.bool_]
    allowed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the scorers (n_scorers,) and of the features of pairs (n_features,); float32."""

    scorers: NDArray[np.float32]
    pairs: NDArray[np.float32]


def learn(lists: Lists, pairs: PairFeatures | None = None) -> Weights:
    """Learn the weights of least listwise softmax loss, by L-BFGS.

    Cao et al., "Learning to rank: from pairwise approach to listwise approach", 2007: each
    customer's scores are made probabilities over the list, and the mean logarithm of those of the
    products that were bought is to be large. The problem is convex.

    Parameters
    ----------
    pairs
        Of the same customers, by their place in the lists: their weighted sum is added to the
        scores of the pairs.
    """
    scores = torch.as_tensor(lists.scores)
    shape = scores.shape[1:]
    features, spread = _standardised(pairs)
    n_scorers, n_features = len(scores), features.shape[1]
    barred = torch.where(torch.as_tensor(lists.allowed), 0.0, -torch.inf)
    wanted = torch.as_tensor(lists.wanted)
    shares = wanted / wanted.sum(1, keepdim=True)
    places = None if pairs is None else torch.as_tensor(pairs.customers * shape[1] + pairs.products)

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = torch.tensor(at, dtype=torch.float32, requires_grad=True)
        logits = torch.tensordot(weights[:n_scorers], scores, dims=1)
        if places is not None:
            added = features @ weights[n_scorers:]
            logits = logits.flatten().index_add(0, places, added).view(shape)
        likelihoods = torch.log_softmax(logits + barred, 1).masked_fill(~wanted, 0)
        total = -(likelihoods * shares).sum(1).mean() + _RIDGE * weights.square().sum()
        (gradient,) = torch.autograd.grad(total, weights)
        return total.item(), gradient.double().numpy()

    start = np.zeros(n_scorers + n_features)
    start[:n_scorers] = _START
    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": 1e-7}
    ).x
    return Weights(
        found[:n_scorers].astype(np.float32), (found[n_scorers:] / spread).astype(np.float32)
    )


def sample(wanted: sparse.csr_matrix[np.float32], seed: int) -> NDArray[np.int64]:
    """Return customers with any wanted product, in order, as many as memory is meant for."""
    customers = np.flatnonzero(np.diff(wanted.indptr))
    n_most = max(_ENTRIES // max(wanted.shape[1], 1), 1)
    if customers.size > n_most:
        customers = np.random.default_rng(seed).choice(customers, n_most, replace=False)
    return np.sort(customers)


def _standardised(pairs: PairFeatures | None) -> tuple[torch.Tensor, NDArray[np.float32]]:
    """Return the features divided by their root mean square, and that."""
    if pairs is None:
        return torch.zeros(0, 0), np.ones(0, np.float32)
    spread = np.sqrt(np.square(pairs.matrix, dtype=np.float64).mean(axis=0)).astype(np.float32)
    spread[spread == 0] = 1
    return torch.as_tensor(pairs.matrix / spread), spread
