import numpy as np

from recommender.modes import blend, eligible
from recommender.scorers import Popularity

SEEN = np.array([0, 2], dtype=np.int32)


def test_what_each_mode_may_recommend():
    assert eligible("discover", SEEN, 4).tolist() == [False, True, False, True]
    assert eligible("rebuy", SEEN, 4).tolist() == [True, False, True, False]
    assert eligible("mixed", SEEN, 4).tolist() == [True, True, True, True]


def test_a_mode_is_a_weighted_sum():
    scorers = {
        "a": Popularity(np.array([1, 2], dtype=np.float32)),
        "b": Popularity(np.array([10, 0], dtype=np.float32)),
        "unused": Popularity(np.array([100, 100], dtype=np.float32)),
    }
    scores = blend({"a": 2.0, "b": 0.5}, scorers, np.array([0, 1]))
    assert scores.dtype == np.float32
    assert scores.tolist() == [[7, 4], [7, 4]]
