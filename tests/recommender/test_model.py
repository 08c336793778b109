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


def test_discover_ranks_what_was_never_bought(model):
    (best, scores), (none, _) = model.rank(np.array([ANA, BO]), "discover", 2)
    assert best.tolist() == [4, 2]
    assert scores.tolist() == [10, 3]
    assert none.tolist() == []


def test_rebuy_ranks_what_was_bought(model):
    ((best, _),) = model.rank(np.array([ANA]), "rebuy", 5)
    assert best.tolist() == [1, 0]


def test_mixed_ranks_everything_by_the_weighted_sum(model):
    ((best, scores),) = model.rank(np.array([ANA]), "mixed", 3)
    assert best.tolist() == [1, 4, 0]
    assert scores.tolist() == [8, 7, 6.5]


def test_a_customer_without_purchases_gets_popularity(model):
    ((best, scores),) = model.rank(np.array([CY]), "discover", 3)
    assert best.tolist() == [1, 0, 2]
    assert scores.tolist() == [3, 2, 1]


@pytest.mark.parametrize("device", ["cpu:0", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_a_torch_device_ranks_alike(model, device):
    twin = Model(**parts(model), device=device)
    everybody = np.array([ANA, BO, CY])
    for mode in model.modes:
        for here, there in zip(
            model.rank(everybody, mode, 5), twin.rank(everybody, mode, 5), strict=True
        ):
            np.testing.assert_array_equal(here[0], there[0])


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
