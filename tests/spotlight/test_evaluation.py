import numpy as np
import pytest

from spotlight.errors import InputError
from spotlight.evaluation import (
    mrr_score,
    precision_recall_score,
    rmse_score,
    sequence_mrr_score,
    sequence_precision_recall_score,
)
from spotlight.interactions import Interactions, SequenceInteractions


class Fixed:
    """A model that knows its answers: one row of scores for each user, or the same for all."""

    def __init__(self, scores):
        self.scores = np.array(scores, dtype=np.float32)

    def predict(self, user_ids, item_ids=None):
        if item_ids is not None:
            return self.scores[user_ids, item_ids]
        return self.scores if self.scores.ndim == 1 else self.scores[user_ids]


#            ranks: user 0: items 3, 1, 0, 2; user 2: items 0, 1, 2, 3
MODEL = Fixed([[0.2, 0.5, 0.1, 0.9], [0, 0, 0, 0], [0.4, 0.3, 0.2, 0.1]])
TEST = Interactions(np.array([0, 0, 2]), np.array([0, 1, 3]), num_users=3, num_items=4)
TRAIN = Interactions(np.array([0, 2]), np.array([3, 0]), num_users=3, num_items=4)


def test_mrr_is_one_number_for_each_user_with_test_items():
    assert mrr_score(MODEL, TEST) == pytest.approx([(1 / 3 + 1 / 2) / 2, 1 / 4])


def test_mrr_ranks_train_items_last():
    assert mrr_score(MODEL, TEST, train=TRAIN) == pytest.approx([(1 / 2 + 1) / 2, 1 / 3])


def test_mrr_of_ties_is_of_their_mean_rank():
    assert mrr_score(Fixed([[1, 1, 1, 0]]), TEST.take(slice(1))) == pytest.approx([1 / 2])


def test_train_may_know_fewer_users():
    train = Interactions(np.array([0]), np.array([3]), num_items=4)
    assert mrr_score(MODEL, TEST, train=train) == pytest.approx([0.75, 0.25])


def test_evaluating_leaves_the_scores_alone():
    before = MODEL.scores.copy()
    mrr_score(MODEL, TEST, train=TRAIN)
    assert (MODEL.scores == before).all()


def test_precision_and_recall_at_one_cutoff():
    precision, recall = precision_recall_score(MODEL, TEST, k=2)
    assert precision.tolist() == [0.5, 0.0]
    assert recall.tolist() == [0.5, 0.0]


def test_precision_and_recall_at_several_cutoffs():
    precision, recall = precision_recall_score(MODEL, TEST, train=TRAIN, k=[1, 2, 3])
    np.testing.assert_allclose(precision, [[1, 1, 2 / 3], [0, 0, 1 / 3]])
    np.testing.assert_allclose(recall, [[0.5, 1, 1], [0, 0, 1]])


def test_a_sequence_of_one_cutoff_keeps_its_column():
    precision, recall = precision_recall_score(MODEL, TEST, k=[3])
    assert precision.shape == recall.shape == (2, 1)


def test_a_cutoff_beyond_the_items_divides_by_the_items():
    precision, recall = precision_recall_score(MODEL, TEST, k=10)
    assert precision.tolist() == [2 / 4, 1 / 4]
    assert recall.tolist() == [1, 1]


def test_equal_scores_go_by_item_id():
    precision, _ = precision_recall_score(Fixed([[1, 1, 1, 1]]), TEST.take(slice(1)), k=1)
    assert precision.tolist() == [1.0]


@pytest.mark.parametrize("k", [0, -1, [3, 0]])
def test_cutoffs_below_one_are_refused(k):
    with pytest.raises(InputError, match="at least 1"):
        precision_recall_score(MODEL, TEST, k=k)


def test_no_test_items_no_scores():
    nobody = TEST.take(slice(0, 0))
    assert mrr_score(MODEL, nobody).shape == (0,)
    assert precision_recall_score(MODEL, nobody)[0].shape == (0,)


SEQUENCES = SequenceInteractions(np.array([[0, 1, 2], [3, 1, 4]]))
SAME_FOR_ALL = Fixed([0.0, 0.9, 0.7, 0.8, 0.6])  # ranks: items 1, 3, 2, 4, 0


def test_sequence_mrr_is_of_the_last_item():
    assert sequence_mrr_score(SAME_FOR_ALL, SEQUENCES) == pytest.approx([1 / 3, 1 / 4])


def test_sequence_mrr_may_rank_the_items_before_last():
    found = sequence_mrr_score(SAME_FOR_ALL, SEQUENCES, exclude_preceding=True)
    assert found == pytest.approx([1 / 2, 1 / 2])


@pytest.mark.parametrize(("exclude", "expected"), [(False, [0.5, 0.5]), (True, [0.5, 0.5])])
def test_sequence_precision_and_recall(exclude, expected):
    precision, recall = sequence_precision_recall_score(
        SAME_FOR_ALL, SEQUENCES, k=2, exclude_preceding=exclude
    )
    assert precision.tolist() == recall.tolist() == expected


def test_sequence_precision_without_the_items_before():
    longer = SequenceInteractions(np.array([[1, 3, 2, 4]]))
    with_them, _ = sequence_precision_recall_score(SAME_FOR_ALL, longer, k=2)
    without, _ = sequence_precision_recall_score(SAME_FOR_ALL, longer, k=2, exclude_preceding=True)
    assert (with_them.tolist(), without.tolist()) == ([0.0], [1.0])


@pytest.mark.parametrize("k", [0, 3])
def test_sequence_cutoffs_must_leave_something_to_predict_from(k):
    with pytest.raises(InputError):
        sequence_precision_recall_score(SAME_FOR_ALL, SEQUENCES, k=k)


def test_rmse():
    data = Interactions(np.array([0, 2]), np.array([3, 0]), ratings=np.array([1.9, 0.4 + 2]))
    assert rmse_score(MODEL, data) == pytest.approx(np.sqrt((1 + 4) / 2))


def test_rmse_needs_ratings():
    with pytest.raises(InputError, match="ratings"):
        rmse_score(MODEL, TEST)
