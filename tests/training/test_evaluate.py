import numpy as np
import pytest
from scipy import sparse

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.manifest import Manifest
from recommender.metrics import Estimate
from recommender.model import Model
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary
from training.errors import DataError
from training.evaluate import Evaluation, evaluate, per_customer_recall, require_unseen


@pytest.fixture
def by_hand():
    """Return three customers of four products; everybody's order is 0 1 2 3, popularity's 3 2 1 0.

    The first bought product 0, the second nothing, the third nothing and has nothing held out.
    """
    return Model(
        Vocabulary("abc"),
        Catalogue("0123", "0123", "    "),
        History(np.array([0, 1, 2, 3]), np.array([0, 3, 0], dtype=np.int32), 4),
        {
            "factors": Factors(
                np.ones((3, 1), dtype=np.float32),
                np.array([[4], [3], [2], [1]], dtype=np.float32),
                np.zeros(4, dtype=np.float32),
            ),
            "popularity": Popularity(np.array([1, 2, 3, 4], dtype=np.float32)),
        },
        {"discover": {"factors": 1.0}},
    )


@pytest.fixture
def held_out():
    return sparse.csr_matrix(np.array([[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]))


def test_recall_of_each_customer_with_something_held_out(by_hand, held_out):
    recalls = per_customer_recall(by_hand, held_out, "discover", [1, 2, 3])
    # a: 1 2 3 (0 is known), of which 1 and 3 are wanted; b: 0 1 2 (3 is known), 0 is wanted.
    assert recalls.tolist() == [[0.5, 0.5, 1.0], [1.0, 1.0, 1.0]]


def test_a_held_out_purchase_that_was_known_is_not_counted(by_hand):
    # a bought 0 before, c bought 0 before and has nothing else held out
    held_out = sparse.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]))
    assert per_customer_recall(by_hand, held_out, "discover", [1]).tolist() == [[1.0]]


def test_nothing_to_find_is_an_error(by_hand):
    known = sparse.csr_matrix(np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]))
    with pytest.raises(DataError, match="could find: nothing can be measured"):
        per_customer_recall(by_hand, known, "discover", [1])


def test_popularity_stands_beside(by_hand, held_out):
    result = evaluate(by_hand, held_out, split="test", cut_offs=[1, 3], progress=False)
    assert result.n_customers == 2
    assert [result.recall[k].mean for k in (1, 3)] == [0.75, 1.0]
    # a: 3 2 1; b: 2 1 0.
    assert [result.popularity[k].mean for k in (1, 3)] == [0.25, 1.0]
    assert [result.difference[k].mean for k in (1, 3)] == [0.5, 0.0]


def test_more_customers_than_a_batch_are_all_measured():
    n = 700
    wide = Model(
        Vocabulary(str(i) for i in range(n)),
        Catalogue("01", "01", "  "),
        History(np.arange(n + 1), np.zeros(n, dtype=np.int32), 2),
        {"popularity": Popularity(np.array([2, 1], dtype=np.float32))},
        {"discover": {"popularity": 1.0}},
    )
    held_out = sparse.csr_matrix(np.tile([0, 1], (n, 1)))
    assert per_customer_recall(wide, held_out, "discover", [1]).tolist() == [[1.0]] * n


def test_the_checkerboard_is_found_and_popularity_does_not_find_it(model, prepared):
    result = evaluate(model, prepared.matrix("test"), split="test", cut_offs=[1], progress=False)
    assert result.recall[1].mean == 1.0
    assert result.difference[1].low > 0.5


def evaluation():
    half, third = Estimate(0.5, 0.4, 0.6), Estimate(0.3, 0.2, 0.4)
    return Evaluation("test", 9, {30: half}, {30: third}, {30: Estimate(0.2, 0.1, 0.3)})


def test_as_plain_values():
    assert evaluation().to_dict("mine") == {
        "protocol": "original",
        "split": "test",
        "k": [30],
        "model": "mine",
        "n_customers": 9,
        "recall": {"30": {"mean": 0.5, "low": 0.4, "high": 0.6}},
        "baselines": {
            "popularity": {
                "recall": {"30": {"mean": 0.3, "low": 0.2, "high": 0.4}},
                "difference": {"30": {"mean": 0.2, "low": 0.1, "high": 0.3}},
            }
        },
    }


def test_as_a_table():
    assert evaluation().to_text("mine").splitlines() == [
        "                         recall@30",
        "mine           50.0 (40.0 to 60.0)",
        "popularity     30.0 (20.0 to 40.0)",
        "difference     20.0 (10.0 to 30.0)",
        "9 customers, split 'test', protocol 'original'; %, with 95% intervals over customers",
    ]


def manifest(digest, parts):
    return Manifest({}, {}, {}, lineage={"data": {"digest": digest, "parts": parts}})


def test_a_model_is_not_measured_on_what_it_learned(prepared):
    require_unseen(manifest(prepared.digest, ["train"]), prepared, "validation")
    with pytest.raises(DataError, match="has learned from split 'test', which would flatter it"):
        require_unseen(manifest(prepared.digest, ["train", "test"]), prepared, "test")


def test_nor_on_other_data(prepared):
    with pytest.raises(DataError, match="made from data sha256:else"):
        require_unseen(manifest("sha256:else", ["train"]), prepared, "test")
