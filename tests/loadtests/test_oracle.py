from dataclasses import asdict, replace

import pytest

from loadtests.oracle import Oracle
from recommender import artifact
from recommender.errors import ArtifactError
from recommender.query import Query
from recommender.recommend import recommend

QUERY = Query("customer/3", 4)


@pytest.fixture
def oracle(model_folder):
    return Oracle(model_folder)


@pytest.fixture
def answer(model_folder):
    loaded = artifact.load(model_folder)
    [answer] = recommend(loaded.model, [QUERY])
    return asdict(answer) | {"model": {"digest": loaded.digest}}


def test_it_agrees_with_the_model(oracle, answer):
    assert oracle.faults(QUERY, answer) == []
    assert len(oracle.customer_ids) == 50


def test_it_finds_another_model(oracle, answer):
    [fault] = oracle.faults(QUERY, answer | {"model": {"digest": "sha256:0"}})

    assert fault.startswith("answered by sha256:0, the oracle is sha256:")


def test_it_finds_another_answer(oracle, answer, model_folder):
    [other] = recommend(artifact.load(model_folder).model, [replace(QUERY, customer_id="who")])

    faults = oracle.faults(QUERY, answer | asdict(other))

    assert "known is False, expected True" in faults
    assert "strategy is 'popular', expected 'personal'" in faults
    assert any(fault.startswith("product ") for fault in faults)


def test_it_finds_what_was_bought_already(oracle, answer, model_folder):
    [bought] = recommend(artifact.load(model_folder).model, [replace(QUERY, mode="rebuy")])
    faults = oracle.faults(QUERY, answer | {"items": [asdict(item) for item in bought.items]})

    assert sum("was bought already" in fault for fault in faults) == 4


def test_it_finds_an_answer_to_what_must_be_refused(oracle, answer):
    [fault] = oracle.faults(replace(QUERY, mode="guess"), answer)

    assert fault.startswith("answered, and the model refuses: mode is 'guess'")


def test_it_needs_a_model(tmp_path):
    with pytest.raises(ArtifactError, match="holds no model"):
        Oracle(tmp_path)
