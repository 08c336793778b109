import numpy as np

from recommender.scorers import Repeat


def test_what_was_bought_has_its_value_and_the_rest_none():
    scorer = Repeat(
        np.array([0, 2, 2, 3]),
        np.array([0, 3, 1], dtype=np.int32),
        np.array([0.5, 2, -1], dtype=np.float32),
        np.array([4]),
    )
    scores = scorer.scores(np.array([2, 1, 0]))
    assert scores.tolist() == [[0, -1, 0, 0], [0, 0, 0, 0], [0.5, 0, 0, 2]]
    assert scorer.basket_scores([np.array([0])]) is None
