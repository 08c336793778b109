from dataclasses import asdict, replace

import orjson
import pytest

from loadtests.oracle import Oracle
from recommender import artifact
from recommender.errors import ArtifactError, RulesError
from recommender.popular import popular
from recommender.query import Query
from recommender.recommend import recommend
from recommender.rules import AppliedRules, Rules
from recommender.similar import similar

QUERY = Query("customer/3", 4)


@pytest.fixture
def oracle(model_folder):
    return Oracle(model_folder)


def answer_to(model_folder, query, rules=None):
    loaded = artifact.load(model_folder)
    applied = None if rules is None else AppliedRules(rules, loaded.model.catalogue)
    [answer] = recommend(loaded.model, [query], applied)
    digest = None if applied is None else applied.digest
    named = {"model": {"digest": loaded.digest}, "rules_digest": digest}
    return orjson.loads(orjson.dumps(answer)) | named


@pytest.fixture
def answer(model_folder):
    return answer_to(model_folder, QUERY)


def test_it_agrees_with_the_model(oracle, answer):
    assert oracle.faults(QUERY, answer) == []
    assert len(oracle.customer_ids) == 50


def test_it_finds_another_model(oracle, answer):
    [fault] = oracle.faults(QUERY, answer | {"model": {"digest": "sha256:0"}})

    assert fault.startswith("answered by model sha256:0, the oracle's are sha256:")


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


@pytest.mark.parametrize(
    "query",
    [
        replace(QUERY, basket=("p1", "p2")),
        replace(QUERY, customer_id="who", basket=("p3",)),
        replace(QUERY, candidates=("p1", "p2", "p3"), exclude=("p2",)),
        replace(QUERY, explain=True, explain_rules=True),
    ],
)
def test_it_answers_whatever_is_asked(oracle, model_folder, query):
    assert oracle.faults(query, answer_to(model_folder, query)) == []


def test_it_finds_other_reasons(oracle, model_folder):
    query = replace(QUERY, explain=True)
    answer = answer_to(model_folder, query)
    because = next(item for item in answer["items"] if item["reasons"])
    because["reasons"][0]["contribution"] += 1

    [fault] = oracle.faults(query, answer)

    assert fault.startswith(f"a reason of {because['product_id']!r}: product ")


@pytest.mark.parametrize(
    ("name", "text"),
    [("rules.json", '{"exclude_products": ["%s"]}'), ("rules.toml", 'exclude_products = ["%s"]')],
)
def test_it_goes_by_rules(model_folder, answer, tmp_path, name, text):
    first = answer["items"][0]["product_id"]
    (tmp_path / name).write_text(text % first)
    ruled = answer_to(model_folder, QUERY, Rules(exclude_products=(first,)))
    oracle = Oracle(model_folder, tmp_path / name)

    assert oracle.faults(QUERY, ruled) == []
    [fault] = oracle.faults(QUERY, answer)
    assert fault.startswith("answered by rules None, the oracle's are sha256:")
    assert oracle.faults(QUERY, answer | {"rules_digest": ruled["rules_digest"]})


@pytest.mark.parametrize(
    ("text", "said"), [("{", "holds no rules: "), ('{"cap": 1}', "has an unknown rule 'cap'")]
)
def test_it_needs_rules_in_the_file_of_rules(model_folder, tmp_path, text, said):
    (tmp_path / "rules.json").write_text(text)

    with pytest.raises(RulesError, match=said):
        Oracle(model_folder, tmp_path / "rules.json")


@pytest.mark.parametrize("product_id", [None, "p7"])
def test_it_recomputes_lists_of_products(oracle, model_folder, product_id):
    loaded = artifact.load(model_folder)
    model = loaded.model
    found = similar(model, product_id, 3) if product_id else popular(model, 3)
    answer = {"model": {"digest": loaded.digest}, "rules_digest": None}
    items = [asdict(item) for item in found]

    assert oracle.list_faults(product_id, 3, answer | {"items": items}) == []
    items[0] |= {"score": 99.0}
    assert oracle.list_faults(product_id, 3, answer | {"items": items})


def test_it_needs_a_model(tmp_path):
    with pytest.raises(ArtifactError, match="holds no model"):
        Oracle(tmp_path)
