import numpy as np
import pytest

from recommender.metrics import (
    Estimate,
    bootstrap,
    estimate,
    estimates,
    estimates_by_name,
    ratio_estimates,
)


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


def test_one_customer():
    assert estimate(np.array([0.5])) == Estimate(0.5, 0.5, 0.5)


def test_all_columns_share_the_draws():
    values = np.random.default_rng(2).random((300, 2))
    both = estimates(np.column_stack([values, values[:, 1] - values[:, 0]]))
    assert [value.mean for value in both] == [
        pytest.approx(estimate(column).mean) for column in (*values.T, values[:, 1] - values[:, 0])
    ]
    # one is the other and a constant: the paired difference has no spread
    shifted = np.column_stack([values[:, 0], values[:, 0] + 0.1])
    paired = estimate(shifted[:, 1] - shifted[:, 0])
    assert paired.high - paired.low == pytest.approx(0, abs=1e-12)


def test_by_name():
    values = np.random.default_rng(4).random((30, 3))
    named = estimates_by_name({"a": values[:, :2], ("b", 1): values[:, 2:]})
    assert [*named["a"], *named["b", 1]] == estimates(values)


def test_however_many_draws_are_held_at_a_time(monkeypatch):
    values = np.random.default_rng(3).random((20, 3))
    at_once = estimates(values)
    monkeypatch.setattr(bootstrap, "_ENTRIES", 60)
    for one, other in zip(estimates(values), at_once, strict=True):
        assert one.to_dict() == pytest.approx(other.to_dict())


def test_a_ratio_of_sums():
    parts, wholes = np.array([[1.0], [0], [3]]), np.array([[2.0], [2], [4]])
    (result,) = ratio_estimates(parts, wholes)
    assert result.mean == 4 / 8
    assert 0 <= result.low < 0.5 < result.high <= 0.75


def test_a_ratio_leaves_out_draws_of_which_it_says_nothing():
    # only the first customer has anything in the whole: each draw with him gives 1/2
    (result,) = ratio_estimates(np.array([[1.0], [0], [0]]), np.array([[2.0], [0], [0]]))
    assert result == Estimate(0.5, 0.5, 0.5)
