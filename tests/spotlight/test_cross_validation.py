import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotlight.cross_validation import (
    random_train_test_split,
    shuffle_interactions,
    user_based_train_test_split,
)
from spotlight.errors import InputError
from spotlight.interactions import Interactions

FRACTIONS = st.floats(0, 1)
SEEDS = st.integers(0, 2**32 - 1)


def numbered(n, n_users=7):
    """Interactions whose item id is the position, so that each can be told apart."""
    position = np.arange(n)
    return Interactions(
        position % n_users, position, position * 1.0, position, position, num_users=n_users
    )


def test_shuffle_moves_every_column_together():
    shuffled = shuffle_interactions(numbered(50), np.random.RandomState(0))
    order = shuffled.item_ids
    assert order.tolist() != list(range(50))
    assert sorted(order) == list(range(50))
    assert (shuffled.user_ids == order % 7).all()
    for column in (shuffled.ratings, shuffled.timestamps, shuffled.weights):
        assert (column == order).all()


def test_shuffle_draws_from_the_random_state_as_numpy_does():
    order = np.arange(50)
    np.random.RandomState(3).shuffle(order)
    shuffled = shuffle_interactions(numbered(50), np.random.RandomState(3))
    assert (shuffled.item_ids == order).all()


@given(n=st.integers(1, 60), fraction=FRACTIONS, seed=SEEDS)
def test_random_split_has_the_right_sizes_and_shares_nothing(n, fraction, seed):
    train, test = random_train_test_split(numbered(n), fraction, np.random.RandomState(seed))
    assert len(train) == int((1 - fraction) * n)
    assert sorted([*train.item_ids, *test.item_ids]) == list(range(n))
    assert train.num_items == test.num_items == n


@given(fraction=FRACTIONS, seed=SEEDS)
def test_user_split_keeps_histories_whole(fraction, seed):
    data = numbered(100, n_users=40)
    train, test = user_based_train_test_split(data, fraction, np.random.RandomState(seed))
    assert not set(train.user_ids) & set(test.user_ids)
    assert sorted([*train.item_ids, *test.item_ids]) == list(range(100))


def test_user_split_of_movielens(movielens):
    train, test = user_based_train_test_split(movielens, 0.2, np.random.RandomState(42))
    assert len(train) + len(test) == 100_000
    assert len(np.unique(test.user_ids)) / 944 == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize(("fraction", "n_test_users"), [(0.0, 0), (1.0, 40)])
def test_everything_may_go_to_one_side(fraction, n_test_users):
    _, test = user_based_train_test_split(numbered(100, n_users=40), fraction)
    assert len(np.unique(test.user_ids)) == n_test_users


@pytest.mark.parametrize("split", [random_train_test_split, user_based_train_test_split])
class TestEverySplit:
    def test_same_random_state_same_split(self, split):
        data = numbered(200, n_users=50)
        (first, _), (second, _) = (
            split(data, random_state=np.random.RandomState(9)) for _ in range(2)
        )
        (other, _) = split(data, random_state=np.random.RandomState(10))
        assert (first.item_ids == second.item_ids).all()
        assert first.item_ids.tolist() != other.item_ids.tolist()

    @pytest.mark.parametrize("fraction", [-0.1, 1.1, 20, float("nan")])
    def test_a_fraction_outside_0_to_1_is_refused(self, split, fraction):
        with pytest.raises(InputError, match="number from 0 to 1"):
            split(numbered(5), fraction)
