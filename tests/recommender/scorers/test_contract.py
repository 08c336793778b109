"""The contract of scorers, over every kind and every device."""

import numpy as np
import pytest

from recommender import scorers, tensors
from recommender.errors import ArtifactError
from recommender.scorers import Factors
from recommender.scorers_cuda import twin

N_CUSTOMERS, N_PRODUCTS = 7, 11
DEVICES = [None, "cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
BASKETS = [np.array([3]), np.array([0, 2, 10]), np.array([2, 7])]


@pytest.fixture(params=DEVICES, ids=["numpy", "torch-cpu", "cuda"])
def computed(scorer, request):
    """The scorer itself, and its twins."""
    return scorer if request.param is None else twin(scorer, request.param)


@pytest.mark.parametrize("customers", [[0], [3, 3, 2, 0, 6], [2], []])
def test_one_row_a_customer_one_column_a_product(computed, customers):
    scores = computed.scores(np.array(customers, dtype=np.int64))
    assert scores.shape == (len(customers), N_PRODUCTS)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("baskets", [BASKETS, BASKETS[:1], []])
def test_one_row_a_basket_one_column_a_product_or_none_at_all(scorer, computed, baskets):
    scores = computed.basket_scores(baskets)
    if scorer.kind == "repeat":
        assert scores is None
    else:
        assert scores.shape == (len(baskets), N_PRODUCTS)
        assert scores.dtype == np.float32


def test_a_customers_scores_do_not_depend_on_the_company(computed):
    together = computed.scores(np.arange(N_CUSTOMERS))
    for customer in range(N_CUSTOMERS):
        alone = computed.scores(np.array([customer]))
        np.testing.assert_allclose(alone[0], together[customer], rtol=1e-5, atol=1e-6)


def test_a_baskets_scores_depend_neither_on_the_company_nor_on_the_order(computed):
    together = computed.basket_scores(BASKETS)
    for row, basket in enumerate(BASKETS if together is not None else []):
        alone = computed.basket_scores([basket[::-1]])
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5, atol=1e-6)


def test_scores_may_be_changed_without_changing_the_scorer(computed):
    before = computed.scores(np.array([1])).copy()
    computed.scores(np.array([1]))[:] = 0
    np.testing.assert_array_equal(computed.scores(np.array([1])), before)
    in_hand = computed.basket_scores(BASKETS[:1])
    if in_hand is not None:
        before = in_hand.copy()
        in_hand[:] = 0
        np.testing.assert_array_equal(computed.basket_scores(BASKETS[:1]), before)


def test_a_twin_gives_the_same_numbers(scorer, computed):
    customers = np.array([4, 2, 0, 4, 6])
    expected = scorer.scores(customers)
    np.testing.assert_allclose(computed.scores(customers), expected, rtol=1e-5, atol=1e-6)
    in_hand = computed.basket_scores(BASKETS)
    if in_hand is not None:
        np.testing.assert_allclose(in_hand, scorer.basket_scores(BASKETS), rtol=1e-5, atol=1e-6)


@pytest.fixture
def mapped(scorer, tmp_path):
    """The scorer over read-only memory maps, as a model's folder gives it."""
    tensors.write(tmp_path / "scorer", scorers.to_arrays(scorer))
    return scorers.from_arrays(scorer.kind, tensors.read(tmp_path / "scorer"))


@pytest.mark.parametrize("device", DEVICES)
def test_survives_as_a_file_that_is_never_written_to(scorer, mapped, device):
    assert not any(array.flags.writeable for array in scorers.to_arrays(mapped).values())
    computed = mapped if device is None else twin(mapped, device)
    everybody = np.arange(N_CUSTOMERS)
    np.testing.assert_allclose(
        computed.scores(everybody), scorer.scores(everybody), rtol=1e-5, atol=1e-6
    )
    in_hand = computed.basket_scores(BASKETS)
    if in_hand is not None:
        np.testing.assert_allclose(in_hand, scorer.basket_scores(BASKETS), rtol=1e-5, atol=1e-6)


def test_numbers_of_customers_and_products(scorer):
    expected = None if scorer.kind == "popularity" else N_CUSTOMERS
    assert scorer.shape == (expected, N_PRODUCTS)


def test_an_unknown_kind_is_refused():
    kinds = "factors, item_item, item_item_factors, item_item_top, popularity, repeat"
    with pytest.raises(ArtifactError, match=f"'crystal ball' is unknown.*{kinds}"):
        scorers.from_arrays("crystal ball", {})


def test_an_array_too_many_is_refused(scorer):
    arrays = scorers.to_arrays(scorer) | {"more": np.ones(1, dtype=np.float32)}
    with pytest.raises(ArtifactError, match=rf"kind '{scorer.kind}' cannot be made.*'more'"):
        scorers.from_arrays(scorer.kind, arrays)


def test_an_array_too_few_is_refused(scorer):
    arrays = scorers.to_arrays(scorer)
    for name in arrays.keys() - {"product_encodings", "basket_start"}:
        rest = {other: array for other, array in arrays.items() if other != name}
        with pytest.raises(ArtifactError, match=rf"cannot be made.*'{name}'"):
            scorers.from_arrays(scorer.kind, rest)


def spoiled(array):
    """Yield what a damaged or foreign file might hold in an array's stead."""
    yield array.astype(np.float64 if array.dtype == np.float32 else np.float32)
    yield array[np.newaxis]
    for wrong in (np.nan, np.inf, -np.inf) if array.dtype == np.float32 else (-1, -10_000):
        for place in (0, -1):
            changed = array.copy()
            changed.flat[place] = wrong
            yield changed


def test_every_spoiled_array_is_named_and_refused(scorer):
    arrays = scorers.to_arrays(scorer)
    for name, array in arrays.items():
        for wrong in spoiled(array):
            with pytest.raises(ArtifactError, match=rf"\b{name}\b"):
                scorers.from_arrays(scorer.kind, arrays | {name: wrong})


@pytest.mark.parametrize(
    ("scorer", "name", "named"),
    [
        ("factors", "product_factors", "product_factors"),
        ("factors", "product_biases", "product_biases"),
        ("factors", "product_encodings", "product_encodings"),
        ("item_item", "basket_start", "basket_start"),
        ("item_item_top", "basket_start", "basket_start"),
        ("item_item", "row_values", "row_values"),
        ("item_item", "basket_features", "basket_indptr"),
        ("item_item", "basket_indptr", "basket_indptr"),
        ("item_item", "weights", "row_features"),
        ("item_item_factors", "feature_factors", "row_features"),
        ("item_item_factors", "product_factors", "basket_indptr"),
        ("item_item_factors", "customer_factors", "customer_factors"),
        ("item_item_top", "weight_indptr", "row_features"),
        ("item_item_top", "weight_products", "weight_indptr"),
        ("item_item_top", "weight_values", "weight_values"),
        ("repeat", "values", "values"),
    ],
    indirect=["scorer"],
)
def test_an_array_too_short_for_the_others_is_refused(scorer, name, named):
    arrays = scorers.to_arrays(scorer)
    with pytest.raises(ArtifactError, match=rf"\b{named}\b"):
        scorers.from_arrays(scorer.kind, arrays | {name: arrays[name][:-1]})


@pytest.mark.parametrize(("name", "too_large"), [("row_features", 13), ("basket_features", 99)])
@pytest.mark.parametrize(
    "scorer", ["item_item", "item_item_factors", "item_item_top"], indirect=True
)
def test_a_feature_that_has_no_weights_is_refused(scorer, name, too_large):
    arrays = scorers.to_arrays(scorer)
    wrong = arrays[name].copy()
    wrong[5] = too_large
    with pytest.raises(ArtifactError, match=rf"{name} holds 0 to {too_large}, outside 0\.\.12"):
        scorers.from_arrays(scorer.kind, arrays | {name: wrong})


def test_rows_that_go_back_are_refused(scorer):
    arrays = scorers.to_arrays(scorer)
    for name in (name for name in arrays if name.endswith("indptr")):
        wrong = arrays[name].copy()
        wrong[4] = wrong[3] - 1
        with pytest.raises(ArtifactError, match=f"{name} does not divide"):
            scorers.from_arrays(scorer.kind, arrays | {name: wrong})


def test_an_optional_array_is_left_out():
    scorer = Factors(*(np.ones(shape, dtype=np.float32) for shape in [(2, 3), (4, 3), (4,)]))
    assert scorers.to_arrays(scorer).keys() == {
        "customer_factors",
        "product_factors",
        "product_biases",
    }
    assert scorer.basket_scores([np.array([0])]) is None
    assert twin(scorer, "cpu").basket_scores([np.array([0])]) is None
