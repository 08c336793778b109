"""What everything that scores can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class Scorer(Protocol):
    """Scores every product for customers, known by their index or by what is in their basket.

    Scores are higher for what is better and comparable only within a row. The caller may change
    what is returned.
    """

    def scores(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every product for each customer.

        Parameters
        ----------
        customers
            int64 (n_customers,); customer indices.

        Returns
        -------
        numpy.ndarray
            float32 (n_customers, n_products).
        """
        ...

    def basket_scores(self, baskets: Sequence[NDArray[np.int64]]) -> NDArray[np.float32] | None:
        """Score every product for each of some people of whom only a basket is known.

        Parameters
        ----------
        baskets
            int64 (n_products_in_hand,) each; distinct product indices, at least one.

        Returns
        -------
        numpy.ndarray or None
            float32 (n_baskets, n_products); None, whatever the baskets, from a scorer that needs
            to know the customer.
        """
        ...
