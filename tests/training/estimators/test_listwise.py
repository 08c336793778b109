import numpy as np
import pytest
from scipy import sparse

from training.estimators import listwise
from training.estimators.listwise import Lists
from training.estimators.pair_features import PairFeatures

GENERATOR = np.random.default_rng(0)


def likelihood(lists, weights):
    """Return the mean log likelihood of what is wanted, in plain numpy."""
    logits = np.tensordot(weights, lists.scores, axes=1)
    logits = np.where(lists.allowed, logits, -np.inf)
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    per_customer = np.where(lists.wanted, logs, 0).sum(axis=1) / lists.wanted.sum(axis=1)
    return per_customer.mean()


@pytest.fixture
def lists():
    scores = GENERATOR.standard_normal((3, 200, 12)).astype(np.float32)
    chance = np.exp(1.5 * scores[0] - 0.5 * scores[1])
    wanted = GENERATOR.random((200, 12)) < chance / chance.max(axis=1, keepdims=True)
    return Lists(scores, wanted, np.ones_like(wanted))


def test_the_learned_weights_are_the_most_likely(lists):
    learned = listwise.learn(lists).scorers
    best = likelihood(lists, learned) - 1e-3 * np.square(learned).sum()
    for step in 0.1 * np.vstack([np.eye(3), -np.eye(3)]):
        moved = learned + step
        assert likelihood(lists, moved) - 1e-3 * np.square(moved).sum() < best


def test_signs_and_sizes_are_those_that_made_the_purchases(lists):
    learned = listwise.learn(lists).scorers
    assert learned[0] > 2 * abs(learned[2])
    assert learned[1] < 0


def test_what_is_not_allowed_does_not_matter(lists):
    allowed = lists.wanted | (GENERATOR.random(lists.wanted.shape) < 0.5)
    other = lists.scores.copy()
    other[:, ~allowed] = 99
    first, second = (
        listwise.learn(Lists(scores, lists.wanted, allowed)).scorers
        for scores in (lists.scores, other)
    )
    np.testing.assert_allclose(first, second, rtol=1e-4)


def test_features_of_pairs_add_to_their_pairs_alone():
    # Two of four products are wanted; only the feature of pairs tells them.
    wanted = np.tile([True, True, False, False], (5, 1))
    customers, products = np.repeat(np.arange(5), 2), np.tile([0, 1], 5)
    pairs = PairFeatures(customers, products, np.full((10, 1), 10, np.float32))
    nothing = np.zeros((0, 5, 4), np.float32)
    weights = listwise.learn(Lists(nothing, wanted, np.ones_like(wanted)), pairs)
    assert weights.pairs[0] > 0.1  # in the feature's own unit, which is large
    assert weights.scorers.size == 0


def test_a_sample_has_only_customers_who_want_something(monkeypatch):
    wanted = sparse.csr_matrix(np.array([[0, 1], [0, 0], [1, 1], [1, 0]], dtype=np.float32))
    assert listwise.sample(wanted, 0).tolist() == [0, 2, 3]
    monkeypatch.setattr(listwise, "_ENTRIES", 4)
    drawn = listwise.sample(wanted, 0)
    assert drawn.size == 2
    assert set(drawn) <= {0, 2, 3}
