import numpy as np
import pytest

from training.dataset import Dataset
from training.errors import ConfigError, DataError
from training.estimators import TrendEstimator


def test_only_first_purchases_count_and_they_fade(dataset_of):
    # Product 0: bought first 40 days ago, often since; product 1: 2 days ago; product 2: today.
    dataset = dataset_of([[3, 1, 0], [0, 0, 1]], days=[40, 1, 0, 2, 0])
    trend = TrendEstimator(days=10.0).fit(dataset).popularity
    assert trend.argsort().tolist() == [0, 1, 2]
    gap = trend[2] - trend[1]
    wide = trend[1] - trend[0]
    faded = np.log(np.exp([-4.0, -0.2, 0.0]) + 0.01 * np.exp([-4.0, -0.2, 0.0]).mean())
    assert wide / gap == pytest.approx((faded[1] - faded[0]) / (faded[2] - faded[1]), rel=1e-4)


def test_scores_are_standardised(dataset_of):
    trend = TrendEstimator().fit(dataset_of([[3, 1, 0], [0, 1, 1]])).popularity
    assert trend.mean() == pytest.approx(0, abs=1e-6)
    assert trend.std() == pytest.approx(1, rel=1e-5)


def test_without_a_time_there_is_no_trend(dataset_of):
    dataset = Dataset.of_counts(dataset_of([[1, 1]]).counts)
    with pytest.raises(DataError, match=r"trend needs the time of purchases; .* data\.time"):
        TrendEstimator().fit(dataset)


def test_days_have_bounds():
    with pytest.raises(ConfigError, match="give a number above 0"):
        TrendEstimator(days=0.0)
