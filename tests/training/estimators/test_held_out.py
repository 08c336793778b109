import numpy as np
import pytest
from scipy import sparse

from training.estimators.held_out import HeldOut, earlier


def test_what_came_later_in_time_is_judged_on_earlierstretches_too(dataset_of):
    dataset = dataset_of(np.ones((2, 50)), days=np.arange(100))
    again = sparse.csr_matrix(([1.0], ([0], [3])), (2, 50))
    first, second = earlier(HeldOut(dataset, again))
    days = 9.9  # a tenth of the period
    assert (first.later.nnz, second.later.nnz) == (10, 10)
    assert first.known.events.days.max() == pytest.approx(99 - days, abs=1e-4)
    assert second.known.events.days.max() == pytest.approx(99 - 2 * days, abs=1e-4)
    assert not first.known.counts.multiply(first.later).nnz  # each was bought once
    at_random = HeldOut(dataset, sparse.csr_matrix((2, 50)))
    assert list(earlier(at_random)) == []
