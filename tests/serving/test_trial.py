import numpy as np
import pytest

from recommender import recommend
from recommender.catalogue import Catalogue
from recommender.errors import ArtifactError
from recommender.history import History
from recommender.model import Model
from recommender.rules import AppliedRules, Rules
from recommender.scorers import Popularity
from recommender.vocabulary import Vocabulary
from serving import trial
from serving.trial import require_answers


def model(popularity, weight=1.0, customers=("ana",)):
    return Model(
        customers=Vocabulary(customers),
        catalogue=Catalogue(["cola", "tea"], ["Cola", "Tea"], ["drinks", ""]),
        history=History(
            np.arange(len(customers) + 1), np.zeros(len(customers), dtype=np.int32), n_products=2
        ),
        scorers={"popularity": Popularity(np.array(popularity, dtype=np.float32))},
        modes={"discover": {"popularity": weight}, "rebuy": {"popularity": weight}},
    )


def test_every_mode_is_asked_for_customers_a_stranger_a_basket_and_a_category(monkeypatch):
    asked = []

    def note(model, queries, rules):
        asked.extend(queries)
        return recommend.recommend(model, queries, rules)

    monkeypatch.setattr(trial, "recommend", note)
    require_answers(model([1, 2], customers=[f"c{row}" for row in range(100)]), None, "it")

    for mode in ("discover", "rebuy"):
        of_mode = [query for query in asked if query.mode == mode]
        assert {"c0", "c96", None} < {query.customer_id for query in of_mode}
        assert any(query.basket for query in of_mode)
        assert any(query.categories for query in of_mode)


def test_a_model_without_customers_passes():
    require_answers(model([1, 2], customers=()), None, "it")


def test_rules_that_leave_nothing_pass():
    nothing = Rules(available_products=())
    tried = model([1, 2])
    require_answers(tried, AppliedRules(nothing, tried.catalogue), "it")


@pytest.mark.filterwarnings("ignore:overflow")
def test_scores_that_are_no_numbers_fail():
    with pytest.raises(ArtifactError, match=r"it fails a trial: .* gets a score that is no number"):
        require_answers(model([1, 3e38], weight=10.0), None, "it")
