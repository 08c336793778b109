import numpy as np
import torch

from spotlight.factorization.pickling import (
    plain_optimizer,
    plain_random_state,
    restored_optimizer,
    restored_random_state,
)


def test_a_random_state_goes_on_with_the_same_numbers():
    original = np.random.RandomState(4)
    original.normal(size=3)  # an odd number leaves one normal kept for later
    plain = plain_random_state(original)
    assert type(plain["state"]["key"]) is list
    assert (restored_random_state(plain).normal(size=9) == original.normal(size=9)).all()


def test_an_optimizer_goes_on_with_the_same_moments():
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.Adam([weight], lr=0.3)
    weight.sum().backward()
    optimizer.step()
    plain = plain_optimizer(optimizer)
    assert type(plain["state"]) is dict
    restored = restored_optimizer(plain)
    assert type(restored) is torch.optim.Adam
    assert restored.param_groups[0]["lr"] == 0.3
    assert restored.state[weight]["step"] == 1
    before = weight.detach().clone()
    restored.step()
    torch.testing.assert_close(weight, before - 0.3)
