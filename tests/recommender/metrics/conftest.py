"""Two customers whose metrics a person can work out."""

import numpy as np
import pytest

from recommender.metrics import Hits, match
from recommender.product_lists import ProductLists


@pytest.fixture
def hits() -> Hits:
    """Return the hits of two customers.

    The first is recommended 4 1 3 0 and bought 1, 0 and 9: hits at ranks 2 and 4. The second is
    recommended 5 and 6 and bought 5: a hit at rank 1.
    """
    ranked = ProductLists.of([np.array([4, 1, 3, 0]), np.array([5, 6])])
    return match(ranked, ProductLists.of([np.array([1, 0, 9]), np.array([5])]))
