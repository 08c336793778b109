import numpy as np
import pytest
from scipy import sparse

from recommender.manifest import Manifest
from training.errors import DataError
from training.evaluate import evaluate, known_popularity, per_customer_recall, require_unseen


@pytest.fixture
def held_out():
    return sparse.csr_matrix(np.array([[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]))


def test_recall_of_each_customer_with_something_held_out(by_hand, held_out):
    recalls = per_customer_recall(by_hand, held_out, "discover", [1, 2, 3])
    # a: 1 2 3 (0 is known), of which 1 and 3 are wanted; b: 0 1 2 (3 is known), 0 is wanted.
    assert recalls.tolist() == [[0.5, 0.5, 1.0], [1.0, 1.0, 1.0]]


def test_popularity_stands_beside(by_hand, held_out):
    result = evaluate(by_hand, held_out, split="test", cut_offs=[1, 3], progress=False)
    assert result.n_customers == 2
    assert [result.recall[k].mean for k in (1, 3)] == [0.75, 1.0]
    # a: 3 2 1; b: 2 1 0.
    assert [result.popularity[k].mean for k in (1, 3)] == [0.25, 1.0]
    assert [result.difference[k].mean for k in (1, 3)] == [0.5, 0.0]


def test_the_further_metrics(by_hand, held_out):
    metrics = evaluate(by_hand, held_out, split="test", cut_offs=[1, 2], progress=False).metrics[
        "model"
    ]
    means = {name: values[1].mean for name, values in list(metrics.items())[:6]}
    ones = ("recall_capped", "precision", "ndcg", "map", "mrr", "hit_rate")
    assert means == dict.fromkeys(ones, 1.0)
    # Of a are recommended 1 2, of b 0 1: each product's exposure is 1 2 1 0.
    assert metrics["coverage"] == {1: 0.5, 2: 0.75}
    assert metrics["gini"] == {1: 0.5, 2: 0.375}
    # Product 0 was bought by two of three, 3 by one; 1 and 2 by nobody, which counts as one.
    bits = np.log2(3)
    assert metrics["novelty"][2] == pytest.approx((bits - 1 + 3 * bits) / 4)
    assert metrics["popularity_recommended"][2] == pytest.approx((2 + 3) / 3 / 4)
    # held out: 1 and 3, 0
    assert metrics["popularity_bias"][2] == pytest.approx((5 / 3 / 4) / (4 / 3 / 3))


def test_the_mode_decides_what_is_recommended_and_what_counts(by_hand):
    held_out = sparse.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]))
    # a knows 0, c knows 0.
    assert per_customer_recall(by_hand, held_out, "discover", [1]).tolist() == [[1], [0]]
    assert per_customer_recall(by_hand, held_out, "rebuy", [1]).tolist() == [[1]]
    assert per_customer_recall(by_hand, held_out, "mixed", [1, 3]).tolist() == [[0.5, 1], [0, 1]]


def test_k_above_the_catalogue_counts_all_of_it(by_hand, held_out):
    result = evaluate(by_hand, held_out, split="test", cut_offs=[500], progress=False)
    assert result.recall[500].mean == 1
    assert result.metrics["model"]["precision"][500].mean == (2 + 1) / 2 / 500


def test_a_product_that_only_test_has_can_be_found(by_hand):
    # nobody is known to have bought 1: its column of the history is empty
    only_there = sparse.csr_matrix(np.array([[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))
    result = evaluate(by_hand, only_there, split="test", cut_offs=[1], progress=False)
    assert result.recall[1].mean == 1
    assert result.n_customers == 1
    assert result.recall[1].low == result.recall[1].high == 1  # one customer, no spread


def test_known_popularity_is_a_share_of_those_who_bought_anything(by_hand):
    assert known_popularity(by_hand.history).tolist() == [2 / 3, 1 / 3, 1 / 3, 1 / 3]


def test_the_checkerboard_is_found_and_popularity_does_not_find_it(model, prepared):
    result = evaluate(model, prepared.matrix("test"), split="test", cut_offs=[1], progress=False)
    assert result.recall[1].mean == 1.0
    assert result.difference[1].low > 0.5


def manifest(digest, parts):
    return Manifest({}, {}, {}, lineage={"data": {"digest": digest, "parts": parts}})


def test_a_model_is_not_measured_on_what_it_learned(prepared):
    require_unseen(manifest(prepared.digest, ["train"]), prepared, "validation")
    with pytest.raises(DataError, match="has learned from split 'test', which would flatter it"):
        require_unseen(manifest(prepared.digest, ["train", "test"]), prepared, "test")


def test_nor_on_other_data(prepared):
    with pytest.raises(DataError, match="made from data sha256:else"):
        require_unseen(manifest("sha256:else", ["train"]), prepared, "test")
