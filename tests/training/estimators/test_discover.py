import numpy as np

from training.estimators import discover, listwise
from training.estimators.held_out import Fitted


def test_a_trend_that_misleads_in_other_stretches_is_left_out(monkeypatch):
    scorers = {"ease": [3.0, 2.0, 1.0], "trend-20": [0.0, 0.0, 9.0]}
    popularity = np.tile(np.array([0, 1, 0], np.float32), (8, 1))

    def lists(fitted, wanted, seed):
        scores = np.array([[row] * 8 for row in scorers.values()], np.float32)
        wanted = np.array([np.arange(3) == wanted] * 8)
        return listwise.Lists(scores, wanted, np.ones_like(wanted)), popularity

    monkeypatch.setattr(discover, "_lists", lists)
    fitted = Fitted(None, scorers)
    assert "trend-20" in discover.learn([(fitted, 2)], seed=0)
    assert discover.learn([(fitted, 2), (fitted, 0), (fitted, 0)], seed=0) == {"ease": 1.0}
