import numpy as np
import pytest

from spotlight.interactions import Interactions
from training.estimators import SoftmaxEstimator, SpotlightEstimator
from training.estimators.cuda_memory import softmax_advice, spotlight_advice

# 10 pairs take 400 bytes; 1,000 vectors 20,000 bytes a column; a pair 60 bytes a column of a batch.
PAIRS = Interactions(np.zeros(10), np.zeros(10), num_users=400, num_items=600)


@pytest.mark.parametrize(
    ("parameters", "memory", "expected"),
    [
        # 4 columns of tables: 80,000; what is left is for 1,000 pairs of 4 columns.
        (
            {"embedding_dim": 3, "batch_size": 4096},
            400 + 80_000 + 240_000,
            "lower batch_size of spotlight from 4096 to 1000",
        ),
        # 20,000 + 60 * 256 bytes a column: 11 columns, one of which is the bias.
        (
            {"embedding_dim": 64, "batch_size": 4096},
            400 + 11 * 35_360,
            "lower embedding_dim of spotlight from 64 to 10",
        ),
        # The same with 5 negatives: 20 * 7 bytes a pair and column.
        (
            {"embedding_dim": 64, "loss": "adaptive_hinge"},
            400 + 11 * (20_000 + 140 * 256),
            "lower embedding_dim of spotlight from 64 to 10",
        ),
        ({}, 400, "not enough at any setting"),
        # What should fit did not: something else takes memory, so no more than half is named.
        ({"batch_size": 1000}, 2**40, "batch_size of spotlight from 1000 to 500"),
        ({"batch_size": 1}, 2**40, "not enough at any setting"),
    ],
)
def test_advice_for_spotlight_names_what_fits(parameters, memory, expected):
    assert expected in spotlight_advice(SpotlightEstimator(**parameters), PAIRS, memory)


def test_advice_says_what_is_there():
    assert spotlight_advice(SpotlightEstimator(), PAIRS, 3 * 2**29).startswith(
        "1.5 GiB are there for 1,000 vectors: "
    )


@pytest.mark.parametrize(
    ("parameters", "memory", "expected"),
    [
        # Tables take 32 bytes a product and column, a step 60 a product and customer.
        (
            {"embedding_dim": 10},
            100 * (320 + 60 * 70),
            "lower batch_size of softmax from 256 to 70",
        ),
        ({}, 100 * (32 * 7 + 60 * 64), "lower embedding_dim of softmax from 256 to 7"),
        ({}, 100, "not enough at any setting; fit on the CPU"),
    ],
)
def test_advice_for_softmax_names_what_fits(parameters, memory, expected):
    assert expected in softmax_advice(SoftmaxEstimator(**parameters), 100, memory)
