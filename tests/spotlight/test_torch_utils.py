import numpy as np
import pytest
import torch

from spotlight.errors import InputError
from spotlight.torch_utils import assert_no_grad, cpu, gpu, minibatch, set_seed, shuffle


def test_moving_nowhere_returns_the_same_tensor():
    tensor = torch.ones(2)
    assert gpu(tensor) is tensor
    assert cpu(tensor) is tensor


@pytest.mark.gpu
def test_moving_to_cuda_and_back():
    assert gpu(torch.ones(2), gpu=True).is_cuda
    assert not cpu(gpu(torch.ones(2), gpu=True)).is_cuda


def test_batches_of_one_tensor():
    batches = [batch.tolist() for batch in minibatch(torch.arange(5), batch_size=2)]
    assert batches == [[0, 1], [2, 3], [4]]


def test_batches_of_several_tensors_are_tuples():
    batches = list(minibatch(np.arange(3), np.arange(3) + 10, batch_size=2))
    assert [tuple(part.tolist() for part in batch) for batch in batches] == [
        ([0, 1], [10, 11]),
        ([2], [12]),
    ]


def test_batches_hold_128_unless_told():
    assert [len(batch) for batch in minibatch(torch.arange(130))] == [128, 2]


def test_shuffle_uses_one_order_for_all():
    first, second = shuffle(np.arange(9), np.arange(9) * 2, random_state=np.random.RandomState(1))
    assert (second == first * 2).all()
    assert sorted(first) == list(range(9))
    assert sorted(shuffle(np.arange(9))) == list(range(9))


def test_shuffle_refuses_different_lengths():
    with pytest.raises(InputError, match=r"lengths \[2, 3\]"):
        shuffle(np.arange(2), np.arange(3))


def test_targets_with_gradients_are_refused():
    assert_no_grad(torch.ones(1))
    with pytest.raises(InputError, match="detach"):
        assert_no_grad(torch.ones(1, requires_grad=True))


def test_seed_repeats_torch():
    with torch.random.fork_rng([]):
        set_seed(3)
        first = torch.rand(1)
        set_seed(3)
        assert torch.rand(1) == first
