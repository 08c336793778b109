import pytest
import torch

from spotlight.factorization.bilinear import BilinearScore


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(0)
    shapes = [(5, 3), (7, 3), (5, 1), (7, 1)]
    tables = [
        torch.randn(shape, dtype=torch.float64, generator=generator, requires_grad=True)
        for shape in shapes
    ]
    return *tables, torch.tensor([4, 0, 4]), torch.tensor([[1, 6], [1, 1], [3, 0]])


def test_score_is_the_product_and_the_biases(inputs):
    users, items, user_biases, item_biases = inputs[:4]
    expected = users[4] @ items[6] + user_biases[4, 0] + item_biases[6, 0]
    scores = BilinearScore.apply(*inputs)
    assert scores.shape == (3, 2)
    torch.testing.assert_close(scores[0, 1], expected)


def test_gradient_is_that_of_finite_differences(inputs):
    # Users and items repeat within the batch, so their rows are sums.
    assert torch.autograd.gradcheck(BilinearScore.apply, inputs)
