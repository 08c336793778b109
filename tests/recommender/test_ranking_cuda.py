"""What the ranking of a torch device adds: the rest is compared by the tests of models."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recommender.ranking import top_k_of_each
from recommender.ranking_cuda import top_k_of_each as on_device

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
OUT = -np.inf


@pytest.mark.parametrize("device", DEVICES)
def test_by_hand(device):
    scores = torch.tensor(
        [[1.0, 3.0, 3.0, 2.0, 3.0], [OUT, 0.0, OUT, 5.0, OUT], [OUT] * 5], device=device
    )
    lists, values = on_device(scores, 2)
    assert [products.tolist() for products in lists] == [[1, 2], [3, 1], []]
    assert values.tolist() == [3, 3, 5, 0]
    lists, values = on_device(scores[:1], 9)
    assert lists[0].tolist() == [1, 2, 4, 3, 0]
    assert values.dtype == np.float32


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=300)
@given(
    scores=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.sampled_from([OUT, -1.0, 0.0, 0.5, 2.0]),
    ),
    k=st.integers(1, 14),
)
def test_ties_and_what_is_left_out_are_as_in_numpy(device, scores, k):
    allowed = scores > OUT
    expected = top_k_of_each(np.where(allowed, scores, 0).astype(np.float32), k, allowed)
    lists, values = on_device(torch.tensor(scores, device=device), k)
    assert lists.products.tolist() == expected.products.tolist()
    assert lists.indptr.tolist() == expected.indptr.tolist()
    assert values.tolist() == scores[lists.rows(), lists.products].tolist()
