"""Scorers: how much each customer is expected to want each product.

One contract for all kinds: ``scores(customers) -> float32 (n_customers, n_products)``; higher is
better, comparable only within a row. Each kind has its numpy form here and a twin for CUDA in
:mod:`recommender.scorers_cuda`; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from recommender.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.tensors import Arrays


class Scorer(Protocol):
    """What everything that scores can do."""

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer.

        Parameters
        ----------
        customers
            int64 (n_customers,); customer indices.

        Returns
        -------
        numpy.ndarray
            float32 (n_customers, n_products); higher is better, comparable only within a row.
        """
        ...


@dataclass(frozen=True)
class Factors:
    """Latent factors: the dot product of a customer's and a product's, plus the product's bias.

    Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems", 2009.
    A bias of the customer would move a whole row alike, so there is none.

    Parameters
    ----------
    customer_factors
        float32 (n_customers, embedding_dim).
    product_factors
        float32 (n_products, embedding_dim).
    product_biases
        float32 (n_products,).
    """

    kind: ClassVar[str] = "factors"
    customer_factors: NDArray[np.float32]
    product_factors: NDArray[np.float32]
    product_biases: NDArray[np.float32]

    def __post_init__(self) -> None:
        _require_finite(self)
        n_products, embedding_dim = self.product_factors.shape
        if self.customer_factors.shape[1] != embedding_dim or self.product_biases.shape != (
            n_products,
        ):
            raise ValueError(
                f"customer factors {self.customer_factors.shape}, product factors "
                f"{self.product_factors.shape} and biases {self.product_biases.shape} do not fit"
            )

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers and products that can be scored."""
        return self.customer_factors.shape[0], self.product_factors.shape[0]

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`Scorer`."""
        scores = (
            self.customer_factors[customers] @ self.product_factors.T
        )  # (n_customers, n_products)
        scores += self.product_biases
        return scores


@dataclass(frozen=True)
class Popularity:
    """The same scores for everybody: the number of customers who bought each product.

    Parameters
    ----------
    popularity
        float32 (n_products,).
    """

    kind: ClassVar[str] = "popularity"
    popularity: NDArray[np.float32]

    def __post_init__(self) -> None:
        _require_finite(self)

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers (None: any) and products that can be scored."""
        return None, self.popularity.size

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`Scorer`."""
        return np.repeat(self.popularity[np.newaxis], customers.size, axis=0)


AnyScorer = Factors | Popularity
KINDS: dict[str, type[AnyScorer]] = {cls.kind: cls for cls in (Factors, Popularity)}


def to_arrays(scorer: AnyScorer) -> Arrays:
    """Return a scorer's arrays by name."""
    return {field.name: getattr(scorer, field.name) for field in fields(scorer)}


def from_arrays(kind: str, arrays: Mapping[str, NDArray[Any]]) -> AnyScorer:
    """Return the scorer of a kind over its arrays.

    Raises
    ------
    ArtifactError
        If the kind is unknown or the arrays are not those of the kind.
    """
    if kind not in KINDS:
        raise ArtifactError(
            f"scorer kind {kind!r} is unknown; this code knows {', '.join(sorted(KINDS))}"
        )
    try:
        return KINDS[kind](**arrays)
    except (TypeError, ValueError, IndexError) as error:
        raise ArtifactError(
            f"a scorer of kind {kind!r} cannot be made of its arrays: {error}"
        ) from None


def _require_finite(scorer: AnyScorer) -> None:
    for name, array in to_arrays(scorer).items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(
                f"{name} must be finite float32; fit the model again, with a lower learning rate"
            )
