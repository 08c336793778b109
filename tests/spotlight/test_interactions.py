import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotlight.errors import InputError
from spotlight.interactions import Interactions, SequenceInteractions


def one_user(n_items):
    return Interactions(np.zeros(n_items), np.arange(n_items) + 1, timestamps=np.arange(n_items))


def test_counts_come_from_the_largest_ids():
    data = Interactions(np.array([0, 4]), np.array([2, 1]))
    assert (data.num_users, data.num_items, len(data)) == (5, 3, 2)
    assert repr(data) == "<Interactions dataset (5 users x 3 items x 2 interactions)>"


def test_columns_are_not_copied():
    users = np.array([0, 1])
    data = Interactions(users, np.array([0, 0]))
    assert data.user_ids is users
    assert data.ratings is data.timestamps is data.weights is None


@pytest.mark.parametrize(
    ("users", "items", "options", "message"),
    [
        ([0, 5], [0, 0], {"num_users": 5}, "user ids from 0 to 5 .* between 0 and 4"),
        ([0, 0], [0, 5], {"num_items": 5}, "item ids from 0 to 5"),
        ([0, -1], [0, 0], {}, "user ids from -1"),
        ([0, 0], [0, -1], {}, "item ids from -1"),
        ([0, 0], [0], {}, "item_ids has 1 entries"),
        ([0, 0], [0, 1], {"ratings": np.ones(3)}, "ratings has 3 entries"),
        ([0, 0], [0, 1], {"timestamps": np.ones(1)}, "timestamps has 1 entries"),
        ([0, 0], [0, 1], {"weights": np.ones(0)}, "weights has 0 entries"),
        ([], [], {}, "give num_users"),
        ([], [], {"num_users": 2}, "give num_items"),
    ],
)
def test_bad_input_is_refused(users, items, options, message):
    with pytest.raises(InputError, match=message):
        Interactions(np.array(users, dtype=int), np.array(items, dtype=int), **options)


def test_matrix_holds_ratings_or_ones():
    users, items = np.array([0, 1, 1]), np.array([2, 0, 1])
    rated = Interactions(users, items, ratings=np.array([5, 3, 4], dtype=np.float32))
    assert rated.tocsr().toarray().tolist() == [[0, 0, 5], [3, 4, 0]]
    assert Interactions(users, items).tocoo().toarray().tolist() == [[0, 0, 1], [1, 1, 0]]


def test_take_carries_every_column_and_the_counts():
    column = np.arange(4)
    data = Interactions(column, column, column * 2, column * 3, column * 4)
    taken = data.take(np.array([2, 0]))
    assert taken.user_ids.tolist() == taken.item_ids.tolist() == [2, 0]
    assert taken.ratings.tolist() == [4, 0]
    assert taken.timestamps.tolist() == [6, 0]
    assert taken.weights.tolist() == [8, 0]
    assert (taken.num_users, taken.num_items) == (4, 4)
    assert len(data.take(slice(0, 0))) == 0


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1, [[1, 2, 3], [0, 1, 2], [0, 0, 1]]),
        (2, [[1, 2, 3], [0, 0, 1]]),
        (3, [[1, 2, 3]]),
        (None, [[1, 2, 3]]),
    ],
)
def test_windows_step_back_from_the_last_item(step, expected):
    found = one_user(3).to_sequence(max_sequence_length=3, step_size=step)
    assert found.sequences.tolist() == expected
    assert found.sequences.dtype == np.int32


def test_windows_keep_users_apart_and_times_in_order():
    data = Interactions(
        np.array([1, 0, 1, 0, 1]),
        np.array([10, 20, 30, 40, 50]),
        timestamps=np.array([3, 2, 1, 1, 2]),
    )
    found = data.to_sequence(max_sequence_length=2)
    assert found.user_ids.tolist() == [0, 1, 1]
    assert found.sequences.tolist() == [[40, 20], [50, 10], [0, 30]]
    assert found.num_items == 51


@pytest.mark.parametrize(("shortest", "n_left"), [(None, 3), (0, 3), (1, 3), (2, 2), (3, 1)])
def test_short_windows_can_be_dropped(shortest, n_left):
    found = one_user(3).to_sequence(3, min_sequence_length=shortest, step_size=1)
    assert len(found.sequences) == len(found.user_ids) == n_left


@given(
    counts=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    width=st.integers(1, 6),
    step=st.integers(1, 6),
)
def test_windows_are_the_slices_of_every_history(counts, width, step):
    users = np.repeat(np.arange(len(counts)), counts)
    items = np.arange(len(users)) + 1
    expected = []
    for user in range(len(counts)):
        history = items[users == user].tolist()
        for end in range(len(history), 0, -step):
            window = history[max(end - width, 0) : end]
            expected.append((user, [0] * (width - len(window)) + window))
    found = Interactions(users, items, timestamps=items).to_sequence(width, step_size=step)
    assert list(zip(found.user_ids, found.sequences.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (Interactions(np.array([0]), np.array([1])), {}, "no timestamps"),
        (Interactions(np.array([0]), np.array([0]), timestamps=np.array([1])), {}, "padding"),
        (one_user(3), {"max_sequence_length": 0}, "at least 1"),
        (one_user(3), {"step_size": 0}, "at least 1"),
        (one_user(3), {"min_sequence_length": 11}, "no window can be that long"),
    ],
)
def test_windows_that_cannot_be_cut(data, options, message):
    with pytest.raises(InputError, match=message):
        data.to_sequence(**options)


def test_sequences_of_their_own():
    found = SequenceInteractions(np.array([[0, 1], [4, 2]]))
    assert (found.max_sequence_length, found.num_items, found.user_ids) == (2, 5, None)
    assert repr(found) == "<Sequence interactions dataset (2 sequences x 2 sequence length)>"
