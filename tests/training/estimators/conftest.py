"""Small data sets with known answers."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.dataset import Dataset, Events

SIZE = 20
MakeDataset = Callable[..., Dataset]


@pytest.fixture(scope="session")
def dataset_of() -> MakeDataset:
    """Make a data set of counts, whose purchases are `days` old, or each another day."""

    def make(counts, days=None, **columns) -> Dataset:
        matrix = sparse.csr_matrix(np.asarray(counts, dtype=np.float32))
        pairs = matrix.tocoo()
        times = pairs.data.astype(int)
        customers, products = (
            np.repeat(index, times).astype(np.int32) for index in (pairs.row, pairs.col)
        )
        if days is None:
            days = np.arange(customers.size) % 30 * 2
        events = Events(customers, products, np.asarray(days, dtype=np.float32))
        about = pd.DataFrame(columns, index=range(matrix.shape[1]), dtype="str")
        return Dataset(matrix, about, events)

    return make


@pytest.fixture(scope="session")
def checkerboard(dataset_of: MakeDataset) -> Dataset:
    """Even customers buy even products, odd ones odd: but each customer lacks one of the colour."""
    board = np.indices((SIZE, SIZE)).sum(axis=0) % 2 == 0
    np.fill_diagonal(board, val=False)
    return dataset_of(board)
