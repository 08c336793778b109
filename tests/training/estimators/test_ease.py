import numpy as np
import pytest
from scipy import sparse

from recommender.scorers import ItemItem, ItemItemFactors, ItemItemTop
from training.dataset import Dataset
from training.errors import ConfigError, FitError
from training.estimators import EaseEstimator, item_weights, low_rank
from training.estimators.features import features_of
from training.estimators.item_weights import Dual, Primal


def by_regression(rows, n_products, l2):
    """Regress each product on all other features, one ridge problem at a time."""
    weights = np.zeros((rows.shape[1], n_products))
    for product in range(n_products):
        others = np.delete(np.arange(rows.shape[1]), product)
        x = rows[:, others]
        solved = np.linalg.solve(x.T @ x + l2 * np.eye(others.size), x.T @ rows[:, product])
        weights[others, product] = solved
    return weights


@pytest.mark.parametrize("form", [Primal, Dual])
@pytest.mark.parametrize("n_customers", [5, 40])
def test_the_closed_form_is_ridge_regression_without_the_product_itself(form, n_customers):
    rows = np.random.default_rng(0).random((n_customers, 12)).astype(np.float32)
    weights = form(sparse.csr_matrix(rows), 7, 2.0, "cpu")
    expected = by_regression(rows.astype(np.float64), 7, 2.0)
    np.testing.assert_allclose(item_weights.dense(weights), expected, atol=1e-5)


def test_the_smaller_side_is_inverted():
    wide, tall = np.ones((3, 5), np.float32), np.ones((5, 3), np.float32)
    assert isinstance(item_weights.solve(sparse.csr_matrix(wide), 5, 1.0, "cpu"), Dual)
    assert isinstance(item_weights.solve(sparse.csr_matrix(tall), 3, 1.0, "cpu"), Primal)


@pytest.mark.parametrize("form", [Primal, Dual])
def test_multiplying_by_the_weights_is_multiplying_by_their_matrix(form):
    rows = sparse.random(9, 12, 0.5, "csr", np.float32, random_state=0)
    weights = form(rows, 7, 2.0, "cpu")
    matrix = item_weights.dense(weights)
    right, left = np.eye(7, 3, dtype=np.float32), np.eye(12, 4, dtype=np.float32)
    np.testing.assert_allclose(weights.times(right), matrix @ right, atol=1e-5)
    np.testing.assert_allclose(weights.transposed_times(left), matrix.T @ left, atol=1e-5)


def test_factors_are_the_nearest_of_their_rank():
    rows = sparse.random(30, 25, 0.4, "csr", np.float32, random_state=0)
    weights = item_weights.solve(rows, 20, 1.0, "cpu")
    of_features, of_products = low_rank.factorized(rows, weights, 5, seed=0)
    scores = rows @ item_weights.dense(weights)
    left, singular, right = np.linalg.svd(scores)
    nearest = left[:, :5] * singular[:5] @ right[:5]
    np.testing.assert_allclose(rows @ of_features @ of_products.T, nearest, atol=1e-4)


def test_a_rank_below_the_numbers_gives_factors(checkerboard):
    every, factors = (EaseEstimator(l2=1.0, rank=rank).fit(checkerboard) for rank in (0, 19))
    assert isinstance(factors, ItemItemFactors)
    customers = np.arange(20)
    both = [scorer.scores(customers).ravel() for scorer in (every, factors)]
    assert np.corrcoef(both)[0, 1] > 0.999


@pytest.mark.gpu
@pytest.mark.parametrize("form", [Primal, Dual])
def test_cuda_solves_the_same(form):
    rows = sparse.random(60, 50, 0.2, "csr", np.float32, random_state=0)
    on_cpu, on_cuda = (item_weights.dense(form(rows, 40, 2.0, each)) for each in ("cpu", "cuda"))
    np.testing.assert_allclose(on_cuda, on_cpu, atol=1e-4)


def test_the_weights_that_move_scores_most_are_kept():
    rows = sparse.csr_matrix(np.random.default_rng(1).random((9, 6)).astype(np.float32))
    weights = Primal(rows, 4, 1.0, "cpu")
    sizes = np.array([1, 1, 1, 1, 1e6, 1], np.float32)
    kept, every = item_weights.top(weights, 2, sizes).toarray(), item_weights.dense(weights)
    assert (np.count_nonzero(kept, axis=0) == 2).all()
    assert kept[4].all()  # a feature of large values moves scores by a small weight
    np.testing.assert_array_equal(kept[kept != 0], every[kept != 0])


def test_keeping_as_many_weights_as_there_are_changes_nothing(checkerboard):
    customers = np.arange(checkerboard.n_customers)
    every, top = (EaseEstimator(l2=1.0, rank=0, top_n=n).fit(checkerboard) for n in (0, 20))
    assert isinstance(every, ItemItem)
    assert isinstance(top, ItemItemTop)
    np.testing.assert_allclose(every.scores(customers), top.scores(customers), atol=1e-6)


def test_scores_spread_by_one(checkerboard):
    scores = EaseEstimator(l2=1.0).fit(checkerboard).scores(np.arange(3))
    np.testing.assert_allclose(scores.std(axis=1), 1, rtol=1e-4)


def test_an_attribute_tells_of_products_that_nobody_buys_together(dataset_of):
    counts = [[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]]
    dataset = dataset_of(counts, kind=["tea", "tea", "soap", "soap"])
    plain, with_kind = (EaseEstimator(l2=1.0, side=side).fit(dataset) for side in ({}, {"kind": 2}))
    assert plain.scores(np.array([0]))[0, 1] <= 0
    assert with_kind.scores(np.array([0]))[0, 1] > with_kind.scores(np.array([0]))[0, 3]


def test_power_0_takes_all_that_were_bought_for_equal(dataset_of):
    counts = np.array([[9, 0, 1, 0], [1, 4, 0, 0], [0, 2, 1, 7], [1, 0, 3, 0]])
    rows = features_of(dataset_of(counts), {}, power=0.0).rows
    squares = np.square(np.log1p(counts)).sum()
    np.testing.assert_allclose(rows.toarray(), (counts > 0) * np.sqrt(squares / 9), rtol=1e-6)
    scores = EaseEstimator(l2=1.0, power=0.0, rank=0).fit(dataset_of(counts)).scores(np.arange(4))
    ones = counts > 0
    ridge = 9 / squares  # by as much as the rows are larger, it is smaller
    expected = EaseEstimator(l2=ridge * np.log(2) ** 2, rank=0).fit(dataset_of(ones))
    np.testing.assert_allclose(scores, expected.scores(np.arange(4)), rtol=1e-4)


@pytest.mark.parametrize("keeps", [{"rank": 0}, {"rank": 3}, {"rank": 0, "top_n": 6}])
def test_a_basket_is_scored_as_the_history_it_would_be(dataset_of, keeps):
    dataset = dataset_of(
        [[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1], [1, 0, 1, 0]], kind=["a", "a", "b", "b"]
    )
    rows = features_of(dataset, {"kind": 1.0}).rows
    weights = item_weights.dense(item_weights.solve(rows, 4, 2.0, "cpu"))
    expected = (rows[0].toarray()[0] + 0.2 * rows.toarray().mean(axis=0)) @ weights
    scorer = EaseEstimator(l2=1.0, side={"kind": 1.0}, **keeps).fit(dataset)
    (basket,) = scorer.basket_scores([np.array([0, 2])])  # what the first customer has bought
    np.testing.assert_allclose(basket / basket.std(), expected / expected.std(), atol=1e-4)


def test_an_unknown_attribute_is_refused(checkerboard):
    with pytest.raises(ConfigError, match=r"side\.maker: the data have no attribute 'maker'"):
        EaseEstimator(side={"maker": 1.0}).fit(checkerboard)


@pytest.mark.parametrize(
    "parameters",
    [
        {"l2": 0.0},
        {"side": {"a": -1.0}},
        {"power": -1.0},
        {"top_n": -1},
        {"rank": -1},
        {"rank": 9, "top_n": 9},
    ],
)
def test_parameters_have_bounds(parameters):
    with pytest.raises(ConfigError, match="not allowed"):
        EaseEstimator(**parameters)


def test_want_of_memory_names_the_setting(monkeypatch, checkerboard):
    def no_memory(matrix):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory\nand a trace")

    monkeypatch.setattr(item_weights, "_inverted", no_memory)
    with pytest.raises(FitError, match=r"20 by 20 on cpu: .* raise min_customers"):
        EaseEstimator().fit(checkerboard)


def test_one_purchase_in_all_is_enough():
    counts = sparse.csr_matrix(([1.0], ([0], [1])), shape=(2, 3), dtype=np.float32)
    scores = EaseEstimator().fit(Dataset.of_counts(counts)).scores(np.arange(2))
    assert np.isfinite(scores).all()
