import pytest

from recommender.metrics import Estimate
from training.evaluation import Evaluation

NOTE = (
    "9 customers, split 'test', mode 'discover', protocol 'original'; %, with 95% intervals over "
    "customers; novelty in bits, popularity_bias a ratio"
)


@pytest.fixture
def evaluation():
    half, third = Estimate(0.5, 0.4, 0.6), Estimate(0.3, 0.2, 0.4)
    return Evaluation(
        "test",
        "discover",
        9,
        {30: half},
        {30: third},
        {30: Estimate(0.2, 0.1, 0.3)},
        {
            "model": {"ndcg": {30: third}, "coverage": {30: 0.25}, "popularity_bias": {30: 1.5}},
            "popularity": {
                "ndcg": {30: half},
                "coverage": {30: 0.125},
                "popularity_bias": {30: 2.0},
            },
        },
    )


def test_as_plain_values(evaluation):
    third = {"mean": 0.3, "low": 0.2, "high": 0.4}
    half = {"mean": 0.5, "low": 0.4, "high": 0.6}
    assert evaluation.to_dict("mine") == {
        "protocol": "original",
        "split": "test",
        "mode": "discover",
        "k": [30],
        "model": "mine",
        "n_customers": 9,
        "recall": {"30": half},
        "metrics": {
            "ndcg": {"30": third},
            "coverage": {"30": 0.25},
            "popularity_bias": {"30": 1.5},
        },
        "baselines": {
            "popularity": {
                "recall": {"30": third},
                "difference": {"30": {"mean": 0.2, "low": 0.1, "high": 0.3}},
                "metrics": {
                    "ndcg": {"30": half},
                    "coverage": {"30": 0.125},
                    "popularity_bias": {"30": 2.0},
                },
            }
        },
    }


def test_as_tables(evaluation):
    assert evaluation.to_text("mine").splitlines() == [
        "                         recall@30",
        "mine           50.0 (40.0 to 60.0)",
        "popularity     30.0 (20.0 to 40.0)",
        "difference     20.0 (10.0 to 30.0)",
        "",
        "                      model@30  popularity@30",
        "ndcg                      30.0           50.0",
        "coverage                  25.0           12.5",
        "popularity_bias           1.50           2.00",
        NOTE,
    ]
