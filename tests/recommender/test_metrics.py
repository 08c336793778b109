import numpy as np
import pytest

from recommender.metrics import estimate, recall


def test_recall_by_hand():
    ranked, held_out = np.array([4, 1, 3, 0]), np.array([1, 0, 9])
    assert recall(ranked, held_out, [1, 2, 3, 4]).tolist() == [0, 1 / 3, 1 / 3, 2 / 3]


def test_the_denominator_is_all_that_was_held_out():
    assert recall(np.array([1]), np.array([1, 2, 3, 4]), [1]).tolist() == [0.25]


def test_a_short_ranking_counts_as_it_is():
    assert recall(np.array([1]), np.array([1, 2]), [1, 30]).tolist() == [0.5, 0.5]
    assert recall(np.array([], dtype=np.int64), np.array([1]), [5]).tolist() == [0]


def test_the_interval_is_that_of_the_mean():
    values = np.random.default_rng(1).normal(0.5, 0.2, size=2000)
    result = estimate(values)
    half = 1.96 * values.std() / np.sqrt(values.size)
    assert result.mean == pytest.approx(values.mean())
    assert result.low == pytest.approx(values.mean() - half, abs=half / 5)
    assert result.high == pytest.approx(values.mean() + half, abs=half / 5)


def test_the_interval_is_the_same_each_time():
    values = np.random.default_rng(0).random(50)
    assert estimate(values) == estimate(values)
    assert estimate(values, seed=1) != estimate(values, seed=2)


def test_no_spread_no_interval():
    assert estimate(np.full(9, 0.25)).to_dict() == {"mean": 0.25, "low": 0.25, "high": 0.25}
