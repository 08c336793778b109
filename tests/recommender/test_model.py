import numpy as np
import pytest

from recommender.errors import ArtifactError
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Popularity

ANA, BO, CY = 0, 1, 2


def parts(model, **changes):
    names = ("customers", "catalogue", "history", "scorers", "modes")
    return {name: getattr(model, name) for name in names} | changes


def ranked(model, customer, mode, k):
    products, scores = model.rank(np.array([customer]), mode, k)
    return products[0].tolist(), scores.tolist()


def test_discover_ranks_what_was_never_bought(model):
    assert ranked(model, ANA, "discover", 2) == ([4, 2], [10, 3])
    assert ranked(model, BO, "discover", 2) == ([], [])


def test_rebuy_ranks_what_was_bought(model):
    assert ranked(model, ANA, "rebuy", 5) == ([1, 0], [3, 2])


def test_mixed_ranks_everything_by_the_weighted_sum(model):
    assert ranked(model, ANA, "mixed", 3) == ([1, 4, 0], [8, 7, 6.5])


@pytest.mark.parametrize("mode", ["discover", "rebuy", "mixed"])
def test_a_customer_without_purchases_gets_popularity(model, mode):
    assert ranked(model, CY, mode, 3) == ([1, 0, 2], [3, 2, 1])


def test_customers_are_ranked_together_as_alone(model):
    customers = np.array([CY, BO, ANA, BO])
    products, scores = model.rank(customers, "rebuy", 4)
    alone = [ranked(model, customer, "rebuy", 4) for customer in customers]
    assert [each.tolist() for each in products] == [products for products, _ in alone]
    assert scores.tolist() == [score for _, scores in alone for score in scores]


@pytest.mark.parametrize("device", ["cpu:0", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_a_torch_device_ranks_alike(model, device):
    twin = Model(**parts(model), device=device)
    everybody = np.array([ANA, BO, CY])
    for mode in model.modes:
        here, there = (each.rank(everybody, mode, 5)[0] for each in (model, twin))
        assert [products.tolist() for products in here] == [each.tolist() for each in there]
        baskets = [np.array([0]), np.array([1, 4])]
        np.testing.assert_allclose(
            twin.score_baskets(baskets, mode), model.score_baskets(baskets, mode)
        )


def test_a_basket_is_scored_by_the_scorers_of_the_mode_that_can(with_encodings):
    baskets = [np.array([0]), np.array([0, 1, 2, 3])]
    scores = with_encodings.score_baskets(baskets, "discover", alone=False)
    # factors of the baskets: (1, 0), and (2, 4) / sqrt(4) = (1, 2)
    assert scores.tolist() == [[5, 4, 3, 2, 10], [5, 4, 5, 4, 12]]
    alone = with_encodings.score_baskets(baskets, "discover")
    np.testing.assert_allclose(alone, scores / scores.std(axis=1, keepdims=True), rtol=1e-6)
    assert with_encodings.can_score_baskets("discover")


def test_popularity_stands_in_where_no_scorer_can(model):
    scores = model.score_baskets([np.array([0]), np.array([1])], "discover")
    assert scores.tolist() == [[2, 3, 1, 1, 1], [2, 3, 1, 1, 1]]
    assert not model.can_score_baskets("discover")
    assert model.can_score_baskets("mixed")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scorers": {}}, "no scorer 'popularity'"),
        ({"modes": {"guess": {"popularity": 1.0}}}, "'guess'.*not one of discover, rebuy, mixed"),
        ({"modes": {"discover": {}}}, "mode 'discover'"),
        ({"modes": {"discover": {"ease": 1.0}}}, "'ease'"),
        ({"history": History(np.array([0, 0]), np.array([], dtype=np.int32), 5)}, "history"),
        (
            {"scorers": {"popularity": Popularity(np.ones(4, dtype=np.float32))}, "modes": {}},
            "'popularity' is for",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(model, change, message):
    with pytest.raises(ArtifactError, match=message):
        Model(**parts(model, **change))
