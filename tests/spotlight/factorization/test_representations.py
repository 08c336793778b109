import pytest
import torch
from torch import nn

from spotlight.factorization.representations import BilinearNet
from spotlight.layers import BloomEmbedding

USERS, ITEMS = torch.tensor([1, 0, 1]), torch.tensor([[2, 3], [0, 0], [4, 2]])


def filled(**options):
    """A net whose every number differs."""
    net = BilinearNet(2, 5, embedding_dim=3, **options)
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape) + number)
    return net


def test_score_by_hand():
    net = filled()
    # user 1: (3, 4, 5), bias 1 + 2; item 2: (6, 7, 8) + 1, bias 2 + 3
    assert net(torch.tensor([1]), torch.tensor([2])).tolist() == [21 + 32 + 45 + 3 + 5]


def test_several_items_of_a_user_score_as_each_alone():
    net = filled()
    alone = torch.stack([net(USERS, ITEMS[:, column]) for column in range(2)], dim=1)
    assert (net(USERS, ITEMS) == alone).all()


def test_every_way_to_look_up_scores_alike_and_learns_alike():
    plain = filled()
    sparse = filled(sparse=True)
    custom = filled(user_embedding_layer=nn.Sequential(nn.Embedding(2, 3)))
    for net in (plain, sparse, custom):
        (net(USERS, ITEMS) ** 2).sum().backward()
        assert torch.equal(net(USERS, ITEMS), plain(USERS, ITEMS))
    for parameter, other, third in zip(
        plain.parameters(), sparse.parameters(), custom.parameters(), strict=True
    ):
        torch.testing.assert_close(other.grad.to_dense(), parameter.grad)
        torch.testing.assert_close(third.grad, parameter.grad)


@pytest.mark.parametrize("shape", [(1,), (1, 1), (0,), (3, 4)])
def test_bloom_layers_and_single_rows_keep_the_shape(shape):
    net = BilinearNet(9, 9, 4, BloomEmbedding(9, 4, 0.5), BloomEmbedding(9, 4, 0.5))
    ids = torch.zeros(shape[0], dtype=torch.int64)
    assert net(ids, torch.ones(shape, dtype=torch.int64)).shape == shape
    assert BilinearNet(9, 9, 1)(ids, torch.ones(shape, dtype=torch.int64)).shape == shape


def test_parameters_have_the_names_saved_models_use():
    assert set(BilinearNet(2, 3).state_dict()) == {
        f"{side}_{kind}.weight" for side in ("user", "item") for kind in ("embeddings", "biases")
    }
