import numpy as np
import pytest
import torch

from spotlight.errors import InputError
from spotlight.hashing import murmurhash3_32
from spotlight.layers import (
    SEEDS,
    BloomEmbedding,
    ScaledEmbedding,
    ScaledEmbeddingBag,
    ZeroEmbedding,
)


@pytest.mark.parametrize("layer_class", [ScaledEmbedding, ScaledEmbeddingBag])
def test_scaled_layers_start_with_deviation_one_over_dim(layer_class):
    layer = layer_class(4000, 16, padding_idx=2)
    assert layer.weight.std().item() == pytest.approx(1 / 16, rel=0.02)
    assert (layer.weight[2] == 0).all()


def test_zero_layer_starts_from_zero():
    assert (ZeroEmbedding(5, 3).weight == 0).all()


@pytest.mark.parametrize(
    "layer", [ScaledEmbedding(50, 4), BloomEmbedding(50, 4), BloomEmbedding(50, 4, bag=True)]
)
def test_sequences_keep_their_shape(layer):
    assert layer(torch.zeros(8, 3, dtype=torch.int64)).shape == (8, 3, 4)


@pytest.mark.parametrize("bag", [False, True])
class TestBloom:
    def test_a_vector_is_the_sum_of_the_rows_an_id_hashes_to(self, bag):
        layer = BloomEmbedding(100, 4, compression_ratio=0.3, num_hash_functions=3, bag=bag)
        hashes = [murmurhash3_32(np.array([7]), seed).view(np.int32)[0] for seed in SEEDS[:3]]
        expected = sum(layer.embeddings.weight[int(h) % 30] for h in hashes)
        found = layer(torch.tensor([7, 9]))
        assert found.shape == (2, 1, 4)
        torch.testing.assert_close(found[0, 0], expected)

    @pytest.mark.parametrize("padding", [0, 40])
    def test_padding_is_zero_and_stays_zero(self, bag, padding):
        layer = BloomEmbedding(100, 4, bag=bag, padding_idx=padding)
        layer(torch.tensor([padding, 1, 2])).sum().backward()
        assert (layer(torch.tensor([padding])) == 0).all()
        assert (layer.embeddings.weight.grad[0] == 0).all()

    def test_without_padding_ids_differ(self, bag):
        layer = BloomEmbedding(100, 4, bag=bag, padding_idx=None)
        assert len(torch.unique(layer(torch.arange(100)).squeeze(1), dim=0)) > 90

    def test_only_the_table_is_saved(self, bag):
        layer = BloomEmbedding(100, 4, bag=bag)
        assert list(layer.state_dict()) == ["embeddings.weight"]
        assert layer.embeddings.weight.shape == (20, 4)
        assert "compression_ratio: 0.2" in repr(layer)

    @pytest.mark.gpu
    def test_it_moves_to_cuda_after_use(self, bag):
        layer = BloomEmbedding(100, 4, bag=bag)
        ids = torch.arange(100)
        torch.testing.assert_close(layer(ids), layer.cuda()(ids.cuda()).cpu())


def test_bag_and_rows_give_the_same_gradients():
    ids = torch.tensor([[3, 0, 5], [3, 9, 9]])
    rows, bag = (BloomEmbedding(100, 4, bag=bag) for bag in (False, True))
    bag.load_state_dict(rows.state_dict())
    for layer in (rows, bag):
        (layer(ids) ** 2).sum().backward()
    torch.testing.assert_close(bag.embeddings.weight.grad, rows.embeddings.weight.grad)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_hash_functions": 25}, "1 to 24"),
        ({"num_hash_functions": 0}, "1 to 24"),
        ({"compression_ratio": 0.001}, "no row"),
    ],
)
def test_bloom_settings_that_cannot_work(options, message):
    with pytest.raises(InputError, match=message):
        BloomEmbedding(100, 4, **options)
