import numpy as np
import pytest

from recommender.scorers.dot_products import dot_products


@pytest.mark.parametrize("n_rows", [0, 1, 3, 4, 16, 17, 50])
def test_however_many_rows_there_are(n_rows):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((n_rows, 5), dtype=np.float32)
    products = rng.standard_normal((7, 5), dtype=np.float32)

    found = dot_products(rows, products)

    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert found.flags.writeable
    np.testing.assert_allclose(found, rows @ products.T, rtol=1e-5, atol=1e-6)
