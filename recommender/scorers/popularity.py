"""What most customers buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from recommender.scorers.checks import require_finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Popularity:
    """The same scores for everybody: the number of customers who bought each product.

    Parameters
    ----------
    popularity
        float32 (n_products,).

    Raises
    ------
    ValueError
        If the array is not of that type and shape, or not finite.
    """

    kind: ClassVar[str] = "popularity"
    popularity: NDArray[np.float32]

    def __post_init__(self) -> None:
        require_finite("popularity", self.popularity, 1)

    @property
    def shape(self) -> tuple[int | None, int]:
        """Numbers of customers (None: any) and products that can be scored."""
        return None, self.popularity.size

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer; see :class:`recommender.scorers.Scorer`."""
        return self._for(customers.size)

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Score every product for each basket; see :class:`recommender.scorers.Scorer`."""
        return self._for(len(baskets))

    def _for(self, n_rows: int) -> NDArray[np.float32]:
        scores = np.empty((n_rows, self.popularity.size), dtype=np.float32)
        scores[:] = self.popularity  # a third of the time of numpy.repeat
        return scores
