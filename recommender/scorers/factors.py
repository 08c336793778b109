"""Latent factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.checks import require_finite
from recommender.scorers.dot_products import dot_products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Factors:
    """The dot product of a customer's and a product's factors, plus the product's bias.

    Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems", 2009.
    A bias of the customer would move a whole row alike, so there is none. The factors of somebody
    known only by a basket are the sum of its products' encodings, divided by the square root of
    their number: Koren, "Factorization meets the neighborhood", 2008.

    Parameters
    ----------
    customer_factors
        float32 (n_customers, embedding_dim).
    product_factors
        float32 (n_products, embedding_dim).
    product_biases
        float32 (n_products,).
    product_encodings
        float32 (n_products, embedding_dim); None: baskets cannot be scored.

    Raises
    ------
    ValueError
        If an array is not of its type and shape, or not finite.
    """

    kind: ClassVar[str] = "factors"
    customer_factors: NDArray[np.float32]
    product_factors: NDArray[np.float32]
    product_biases: NDArray[np.float32]
    product_encodings: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        require_finite("customer_factors", self.customer_factors, 2)
        require_finite("product_factors", self.product_factors, 2)
        require_finite("product_biases", self.product_biases, 1)
        n_products, embedding_dim = self.product_factors.shape
        if self.customer_factors.shape[1] != embedding_dim or self.product_biases.shape != (
            n_products,
        ):
            raise ValueError(
                f"customer_factors {self.customer_factors.shape}, product_factors "
                f"{self.product_factors.shape} and product_biases {self.product_biases.shape} do "
                "not fit together"
            )
        if self.product_encodings is not None:
            require_finite("product_encodings", self.product_encodings, 2)
            if self.product_encodings.shape != self.product_factors.shape:
                raise ValueError(
                    f"product_encodings {self.product_encodings.shape} and product_factors "
                    f"{self.product_factors.shape} do not fit together"
                )

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers and products that can be scored."""
        return self.customer_factors.shape[0], self.product_factors.shape[0]

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._scores(self.customer_factors[customers])

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32] | None:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        factors = self.basket_factors(baskets)
        return None if factors is None else self._scores(factors)

    def basket_factors(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32] | None:
        """Return the factors of each basket: float32 (n_baskets, embedding_dim), or None."""
        if self.product_encodings is None:
            return None
        factors = np.empty((len(baskets), self.product_encodings.shape[1]), dtype=np.float32)
        for row, basket in enumerate(baskets):
            factors[row] = self.product_encodings[basket].sum(axis=0)
            factors[row] /= np.sqrt(basket.size)
        return factors

    def _scores(self, factors: NDArray[np.float32]) -> NDArray[np.float32]:
        scores = dot_products(factors, self.product_factors)  # (n_customers, n_products)
        scores += self.product_biases
        return scores
