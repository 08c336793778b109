import ir_measures
import numpy as np
import pytest
from numpy import log2

from recommender.metrics import (
    ACCURACY,
    average_precision,
    hit_rate,
    match,
    ndcg,
    precision,
    recall,
    recall_capped,
    reciprocal_rank,
)
from recommender.product_lists import ProductLists


def close(values, expected):
    assert values == pytest.approx(np.array(expected))


def test_recall(hits):
    close(recall(hits, [1, 2, 3, 4]), [[0, 1 / 3, 1 / 3, 2 / 3], [1, 1, 1, 1]])


def test_the_denominator_of_recall_is_all_that_was_held_out(hits):
    assert recall(hits, [2])[0] == 1 / 3
    assert recall_capped(hits, [2])[0] == 1 / 2


def test_recall_capped(hits):
    close(recall_capped(hits, [1, 2, 3, 4]), [[0, 1 / 2, 1 / 3, 2 / 3], [1, 1, 1, 1]])


def test_precision_of_a_short_list_is_over_k(hits):
    close(precision(hits, [1, 2, 4]), [[0, 1 / 2, 2 / 4], [1, 1 / 2, 1 / 4]])


def test_hit_rate(hits):
    close(hit_rate(hits, [1, 2]), [[0, 1], [1, 1]])


def test_reciprocal_rank(hits):
    close(reciprocal_rank(hits, [1, 2, 30]), [[0, 1 / 2, 1 / 2], [1, 1, 1]])


def test_average_precision(hits):
    # precision 1/2 at the hit of rank 2, and 2/4 at that of rank 4
    first = [0, 0.5 / 2, 0.5 / 3, (0.5 + 0.5) / 3]
    close(average_precision(hits, [1, 2, 3, 4]), [first, [1, 1, 1, 1]])


def test_ndcg(hits):
    ideal2, ideal3 = 1 + 1 / log2(3), 1 + 1 / log2(3) + 1 / 2
    gain2, gain4 = 1 / log2(3), 1 / log2(3) + 1 / log2(5)
    close(ndcg(hits, [1, 2, 4]), [[0, gain2 / ideal2, gain4 / ideal3], [1, 1, 1]])


@pytest.mark.parametrize("measure", ACCURACY.values())
def test_k_above_the_catalogue_and_no_recommendation(measure):
    everything = match(ProductLists.of([np.array([1, 0])]), ProductLists.of([np.array([0])]))
    assert measure(everything, [1, 500]).shape == (1, 2)
    nothing = match(ProductLists.of([np.array([], dtype=int)]), ProductLists.of([np.array([0])]))
    assert measure(nothing, [30]).tolist() == [[0]]


@pytest.mark.parametrize(
    ("ours", "theirs", "k"),
    [
        ("recall", "R@7", 7),
        ("precision", "P@7", 7),
        ("ndcg", "nDCG@7", 7),
        ("hit_rate", "Success@7", 7),
        ("map", "AP@7", 7),
        ("mrr", "RR", 20),  # trec_eval has no cut-off here; no list is longer
    ],
)
def test_equals_trec_eval(ours, theirs, k):
    generator = np.random.default_rng(5)
    n = 40
    ranked = [generator.permutation(30)[: generator.integers(1, 20)] for _ in range(n)]
    bought = [generator.permutation(30)[: generator.integers(1, 15)] for _ in range(n)]
    expected = _by_trec_eval(ir_measures.parse_measure(theirs), ranked, bought)
    if ours == "map":  # trec_eval divides by n, whatever k
        expected *= [len(held_out) / min(k, len(held_out)) for held_out in bought]
    hits = match(ProductLists.of(ranked), ProductLists.of(bought))
    assert ACCURACY[ours](hits, [k])[:, 0] == pytest.approx(expected)


def _by_trec_eval(measure, ranked, bought):
    qrels = [
        ir_measures.Qrel(str(row), str(product), 1)
        for row, products in enumerate(bought)
        for product in products
    ]
    run = [
        ir_measures.ScoredDoc(str(row), str(product), -float(place))
        for row, products in enumerate(ranked)
        for place, product in enumerate(products)
    ]
    found = {
        value.query_id: value.value
        for value in ir_measures.pytrec_eval.iter_calc([measure], qrels, run)
    }
    return np.array([found[str(row)] for row in range(len(ranked))])
