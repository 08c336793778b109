import numpy as np

from recommender.scorers import Popularity


def test_everybody_gets_the_same():
    scorer = Popularity(np.array([3, 1], dtype=np.float32))
    assert scorer.scores(np.array([5, 9])).tolist() == [[3, 1], [3, 1]]
    assert scorer.basket_scores([np.array([0])]).tolist() == [[3, 1]]
