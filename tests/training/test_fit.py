import numpy as np
import pytest

from recommender.query import Query
from recommender.recommend import recommend
from training.config import ModelConfig
from training.errors import ConfigError
from training.estimators import BlendEstimator, PopularityEstimator, SpotlightEstimator
from training.fit import estimator_of, fit, learned_from


def test_the_model_is_of_the_prepared_customers_and_products(prepared, model):
    assert list(model.customers) == prepared.customer_ids
    assert list(model.catalogue.products) == prepared.products["product_id"].tolist()
    assert set(model.scorers) == {"spotlight", "popularity"}


def test_the_history_is_what_was_learned_from(prepared, model):
    bought = prepared.matrix("train", "validation").toarray() > 0
    for customer in range(len(model.customers)):
        assert model.history.seen(customer).tolist() == np.flatnonzero(bought[customer]).tolist()


def test_it_recommends_what_fits_and_was_not_bought(model):
    answers = recommend(model, [Query(f"c{number:02}", k=1) for number in range(1, 24)])
    assert [answer.items[0].product_id for answer in answers] == [f"p{n:02}" for n in range(1, 24)]


def test_parts_decide_what_is_learned_from(prepared):
    every = fit(prepared, PopularityEstimator(), parts=("train", "validation", "test"))
    held = prepared.matrix("train", "validation", "test")
    assert every.history.indices.size == held.nnz
    assert every.scorers["popularity"].popularity.sum() == held.nnz


def test_popularity_alone_is_one_scorer(prepared):
    model = fit(prepared, PopularityEstimator())
    assert set(model.scorers) == {"popularity"}
    assert model.modes == {"discover": {"popularity": 1.0}}


def test_the_configuration_names_the_estimator():
    made = estimator_of(ModelConfig(estimator="spotlight", parameters={"n_epochs": 3}))
    assert made == SpotlightEstimator(n_epochs=3)
    with pytest.raises(ConfigError, match="'oracle' is unknown; there are blend, ease, popularity"):
        estimator_of(ModelConfig(estimator="oracle"))


def test_a_blend_has_seen_validation_whatever_its_parts():
    assert learned_from(BlendEstimator(), ["train"]) == ["train", "validation"]
    assert learned_from(SpotlightEstimator(), ["validation", "train"]) == ["train", "validation"]
    assert learned_from(PopularityEstimator(), ["train"]) == ["train"]
