"""EASE: one closed form from what was bought to what else is bought, with side information."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import sparse

from recommender.scorers import ItemItem, ItemItemFactors, ItemItemTop, LinearScorer
from training.errors import ConfigError
from training.estimators import item_weights, low_rank
from training.estimators.bounds import require_above_zero, require_least
from training.estimators.features import Features, features_of
from training.estimators.siblings import mean_of_siblings
from training.estimators.spread import inverse, scale_to_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from training.dataset import Dataset
    from training.estimators.item_weights import ItemWeights

_START = 0.2  # of a customer's row on average, that every basket begins with
_SAMPLED = 512  # products by which the spread of a customer's scores is judged


@dataclass(frozen=True)
class EaseEstimator:
    """Ridge regression of each product on all others, from what the counts say.

    Steck, "Embarrassingly shallow autoencoders for sparse data", 2019: the weights of least
    squared error among those where no product speaks for itself. Here the customers' counts by
    attributes of the products (type, category, maker, ...) are further columns of the same closed
    form; only products are predicted. A product without purchases is predicted as its siblings
    are, see :func:`training.estimators.siblings.mean_of_siblings`.

    A customer's row is scaled so that the scores spread by about 1, which makes scorers
    comparable; it changes no ranking. A basket begins with a part of the average customer's row.

    Parameters
    ----------
    l2
        The ridge, on the scale of log(1 + count) of products, per unit of weight of all columns.
    side
        Weight by attribute, of its columns against those of the products, which weigh 1 together;
        ``a+b`` crosses two attributes.
    power
        Of log(1 + count), which a customer's row holds: 1 weighs products by how often they were
        bought, 0 takes all that were bought for equal.
    rank
        Of the factors that the scores are written as, the nearest there are; 0 keeps the weights
        themselves, as does a rank that is not below the numbers of customers and products.
    top_n
        With rank 0: how many weights of each product to keep, those that move scores most; 0
        keeps all.
    """

    name: ClassVar[str] = "ease"
    l2: float = 500.0
    side: Mapping[str, float] = field(default_factory=dict)
    power: float = 1.0
    rank: int = 512
    top_n: int = 0

    def __post_init__(self) -> None:
        require_least(self, {"power": 0, "rank": 0, "top_n": 0})
        require_above_zero(self, "l2")
        if self.rank and self.top_n:
            raise ConfigError(
                f"rank = {self.rank} and top_n = {self.top_n} are not allowed together; "
                "set one to 0"
            )
        for attribute, weight in self.side.items():
            if not 0 <= weight < np.inf:
                raise ConfigError(f"side.{attribute} = {weight!r} is not allowed; give 0 or more")

    def fit(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: bool = False,  # noqa: ARG002  one step
    ) -> LinearScorer:
        """Solve for the weights; see :class:`training.estimators.contract.Estimator`."""
        features = features_of(dataset, self.side, self.power)
        l2 = self.l2 * (1 + sum(self.side.values()))
        weights = item_weights.solve(features.rows, dataset.n_products, l2, device)
        return self.written(features, weights, mean_of_siblings(dataset, self.side), seed)

    def written(
        self,
        features: Features,
        weights: ItemWeights,
        like: sparse.csr_matrix[np.float32],
        seed: int = 0,
    ) -> LinearScorer:
        """Write solved weights in the form that `rank` and `top_n` ask for.

        Parameters
        ----------
        like
            See :func:`training.estimators.siblings.mean_of_siblings`.
        """
        if 0 < self.rank < min(features.rows.shape[0], weights.n_products):
            return _factors(features, weights, like, self.rank, seed)
        return _item_item(features, weights, like, self.top_n, seed)


def _factors(
    features: Features,
    weights: ItemWeights,
    like: sparse.csr_matrix[np.float32],
    rank: int,
    seed: int,
) -> ItemItemFactors:
    of_features, of_products = low_rank.factorized(features.rows, weights, rank, seed)
    of_products = np.asarray(like @ of_products)
    customers = np.asarray(features.rows @ of_features)
    scale = scale_to_one(customers, of_products)
    start = _start(features.rows) @ of_features * np.median(scale)
    return ItemItemFactors(
        **_rows(features, scale),
        feature_factors=of_features,
        product_factors=np.ascontiguousarray(of_products),
        customer_factors=customers * scale[:, np.newaxis],
        basket_start=of_products @ start,
    )


def _item_item(
    features: Features,
    weights: ItemWeights,
    like: sparse.csr_matrix[np.float32],
    top_n: int,
    seed: int,
) -> ItemItem | ItemItemTop:
    scale = inverse(_spread(features.rows, weights, seed))
    usual = np.median(scale)
    rows, arrays = features.rows, _rows(features, scale)
    if not top_n:
        every = np.ascontiguousarray((like @ item_weights.dense(weights).T).T)
        return ItemItem(**arrays, weights=every, basket_start=_start(rows) @ every * usual)
    sizes = np.sqrt(np.asarray(rows.power(2).sum(axis=0))).ravel()
    top = sparse.csr_matrix(item_weights.top(weights, top_n, sizes) @ like.T)
    return ItemItemTop(
        **arrays,
        weight_indptr=top.indptr.astype(np.int64),
        weight_products=top.indices.astype(np.int32),
        weight_values=top.data,
        basket_start=_start(rows) @ top * usual,
    )


def _rows(features: Features, scale: NDArray[np.float32]) -> dict[str, Any]:
    """Return who customers and baskets are to a linear scorer: the arrays of `FeatureRows`.

    Parameters
    ----------
    scale
        (n_customers,); a basket takes the usual one.
    """
    rows, basket = features.rows, features.basket
    return {
        "row_indptr": rows.indptr.astype(np.int64),
        "row_features": rows.indices.astype(np.int32),
        "row_values": rows.data * np.repeat(scale, np.diff(rows.indptr)),
        "basket_indptr": basket.indptr.astype(np.int64),
        "basket_features": basket.indices.astype(np.int32),
        "basket_values": basket.data * np.median(scale),
    }


def _start(rows: sparse.csr_matrix[np.float32]) -> NDArray[np.float32]:
    """Return what a basket begins with: float32 (n_features,), a part of the average customer.

    A few products alone are related to a few others and say nothing of what everybody buys.
    """
    n_known = max(int(np.count_nonzero(np.diff(rows.indptr))), 1)
    start: NDArray[np.float32] = rows.sum(axis=0).A1 * np.float32(_START / n_known)
    return start


def _spread(
    rows: sparse.csr_matrix[np.float32], weights: ItemWeights, seed: int
) -> NDArray[np.float64]:
    """Return the standard deviation of each customer's scores, judged by a sample of products."""
    sample = np.arange(weights.n_products)
    if sample.size > _SAMPLED:
        sample = np.sort(np.random.default_rng(seed).choice(sample, _SAMPLED, replace=False))
    spread: NDArray[np.float64] = (rows @ weights.columns(sample)).std(axis=1, dtype=np.float64)
    return spread
