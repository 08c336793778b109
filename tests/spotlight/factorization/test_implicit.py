import numpy as np
import pytest
import torch
from torch import nn

from spotlight.errors import InputError
from spotlight.evaluation import mrr_score
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.factorization.representations import BilinearNet
from spotlight.interactions import Interactions
from spotlight.layers import BloomEmbedding

DEVICES = pytest.mark.parametrize("use_cuda", [False, pytest.param(True, marks=pytest.mark.gpu)])
LOSSES = ["pointwise", "bpr", "hinge", "adaptive_hinge"]


@DEVICES
@pytest.mark.parametrize("loss", LOSSES)
def test_the_checkerboard_is_learned(checkerboard, loss, use_cuda):
    model = ImplicitFactorizationModel(
        loss=loss,
        embedding_dim=8,
        n_iter=60,
        batch_size=32,
        use_cuda=use_cuda,
        random_state=np.random.RandomState(0),
    )
    model.fit(checkerboard)
    own_parity = np.add.outer(np.arange(20), np.arange(20)) % 2 == 0
    for user in range(20):
        scores = model.predict(user)
        liked = own_parity[user]
        assert scores[liked].min() > scores[~liked].max()  # the unseen diagonal included


# What the losses are known to reach on this data, with room for the draw.
@DEVICES
@pytest.mark.parametrize(
    ("loss", "n_iter", "least"),
    [("pointwise", 5, 0.05), ("bpr", 5, 0.07), ("hinge", 5, 0.065), ("adaptive_hinge", 5, 0.07)],
)
def test_accuracy_on_movielens(movielens_split, loss, n_iter, least, use_cuda):
    train, test = movielens_split
    model = ImplicitFactorizationModel(
        loss=loss,
        n_iter=n_iter,
        batch_size=1024,
        l2=1e-6,
        use_cuda=use_cuda,
        random_state=np.random.RandomState(1),
    )
    model.fit(train)
    assert mrr_score(model, test, train=train).mean() > least


@DEVICES
def test_bloom_embeddings_on_movielens(movielens_split, use_cuda):
    train, test = movielens_split
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        users, items = (
            BloomEmbedding(n, 32, compression_ratio=1.0, num_hash_functions=2)
            for n in (train.num_users, train.num_items)
        )
    model = ImplicitFactorizationModel(
        loss="bpr",
        n_iter=10,
        batch_size=1024,
        use_cuda=use_cuda,
        representation=BilinearNet(train.num_users, train.num_items, 32, users, items),
        random_state=np.random.RandomState(1),
    )
    model.fit(train)
    assert mrr_score(model, test, train=train).mean() > 0.04


class UserNumber(nn.Module):
    """Scores every item with the number of the user: whose negative is it?"""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.seen = []

    def forward(self, user_ids, item_ids):
        self.seen.append((user_ids, item_ids))
        return user_ids * self.weight


@pytest.fixture
def pairs():
    return Interactions(np.arange(6), np.arange(6), num_items=40)


def recorded(monkeypatch, model, data):
    """Positive and negative scores of every call of the model's loss."""
    calls = []
    loss = model._loss_func

    def recording(positive, negative):
        calls.append((positive.detach(), negative.detach()))
        return loss(positive, negative)

    monkeypatch.setattr(model, "_loss_func", recording)
    model.fit(data)
    return calls


def users_only_net():
    """A bilinear net whose score is the number of the user."""
    net = BilinearNet(6, 40, 2)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        net.user_biases.weight.copy_(torch.arange(6.0).unsqueeze(1))
    return net


@pytest.mark.parametrize("representation", [UserNumber(), users_only_net()])
def test_adaptive_hinge_compares_a_user_with_negatives_of_its_own(
    monkeypatch, pairs, representation
):
    model = ImplicitFactorizationModel(
        loss="adaptive_hinge",
        n_iter=1,
        batch_size=6,
        num_negative_samples=4,
        representation=representation,
    )
    ((positive, negative),) = recorded(monkeypatch, model, pairs)
    assert sorted(positive.tolist()) == list(range(6))
    assert negative.shape == (4, 6)
    assert (negative == positive).all()


def test_negatives_are_all_items_alike():
    net = UserNumber()
    model = ImplicitFactorizationModel(
        loss="adaptive_hinge", n_iter=1, batch_size=1000, representation=net
    )
    model.fit(Interactions(np.zeros(1000), np.zeros(1000), num_items=10))
    counts = np.bincount(net.seen[1][1].numpy(), minlength=10)
    assert counts.sum() == 5000
    assert counts.min() > 400  # 500 each but for the draw; deviation 21


@pytest.mark.parametrize("loss", LOSSES[:3])
def test_other_losses_take_one_negative(monkeypatch, pairs, loss):
    model = ImplicitFactorizationModel(loss=loss, n_iter=1, batch_size=6)
    ((positive, negative),) = recorded(monkeypatch, model, pairs)
    assert positive.shape == negative.shape == (6,)


def test_no_negatives_are_refused():
    with pytest.raises(InputError, match="num_negative_samples=0"):
        ImplicitFactorizationModel(num_negative_samples=0)
