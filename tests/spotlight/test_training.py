import pytest
import torch

from spotlight.errors import DivergedError
from spotlight.training import CHECK_EVERY, EpochLoss, run_epoch, seeded

NAN = torch.tensor(float("nan"))


def test_mean_is_over_the_steps_whether_read_early_or_late():
    losses = EpochLoss(epoch=0, learning_rate=0.1)
    for step in range(CHECK_EVERY + 3):
        losses.add(torch.tensor(float(step)))
    assert losses.mean() == pytest.approx((CHECK_EVERY + 2) / 2)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_within_50_steps(bad):
    losses = EpochLoss(epoch=2, learning_rate=0.1)
    for _ in range(60):
        losses.add(torch.tensor(1.0))
    losses.add(torch.tensor(bad))
    with pytest.raises(DivergedError, match=r"epoch 2, step 60 .*learning rate 0\.1"):  # noqa: PT012
        for _ in range(49):
            losses.add(torch.tensor(1.0))


def test_a_short_epoch_is_checked_at_its_end():
    losses = EpochLoss(epoch=0, learning_rate=0.1)
    losses.add(NAN)
    with pytest.raises(DivergedError, match="step 0"):
        losses.mean()


def test_an_epoch_of_zero_losses_is_refused():
    losses = EpochLoss(epoch=4, learning_rate=0.1)
    losses.add(torch.tensor(0.0))
    with pytest.raises(DivergedError, match="epoch 4 is zero"):
        losses.mean()


def test_losses_are_read_no_more_than_every_50_steps(monkeypatch):
    reads = []
    monkeypatch.setattr(torch.Tensor, "tolist", lambda tensor: reads.append(len(tensor)) or [1.0])
    losses = EpochLoss(epoch=0, learning_rate=0.1)
    for _ in range(120):
        losses.add(torch.tensor(1.0))
    assert reads == [50, 50]


def test_every_batch_is_one_step():
    weight = torch.nn.Parameter(torch.zeros(()))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    batches = []

    def batch_loss(left, right):
        batches.append((left.tolist(), right.tolist()))
        return weight * left.mean()

    columns = [torch.tensor([1.0, 3.0, 5.0]), torch.tensor([2, 4, 6])]
    run_epoch(columns, 2, optimizer, batch_loss, EpochLoss(0, 1.0))
    assert batches == [([1, 3], [2, 4]), ([5], [6])]
    assert weight.item() == -(2 + 5)


def test_seeding_is_repeatable_and_leaves_the_program_alone():
    before = torch.random.get_rng_state()
    draws = []
    for _ in range(2):
        with seeded(3, use_cuda=False):
            draws.append(torch.rand(1).item())
    assert draws[0] == draws[1]
    assert (torch.random.get_rng_state() == before).all()
