"""The gate's files and verdicts as docs/formats/ describes them to others."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from recommender.metrics import Estimate
from recommender.metrics.accuracy import ACCURACY
from registry.errors import RequirementsError
from registry.gate import checks, held_out, requirements
from registry.gate.comparison import Comparison

FORMATS = Path(__file__).parents[3] / "docs" / "formats"


def validator(name):
    schema = json.loads((FORMATS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture
def verdict(purchases):
    asked = requirements.read()
    leads = {
        (lead.metric, lead.of): {"all customers": Estimate(0.0, -0.1, 0.1)} for lead in asked.leads
    }
    found = [
        *checks.of_size(asked, 3, 2),
        *checks.of_data(asked, None, "2026-02-01"),
        *checks.of_leads(asked, Comparison(3, 9, leads)),
        checks.not_measured("for the test"),
        checks.not_measured("for the test", passed=None),
    ]
    champion = {"version": "v1", "digest": "sha256:" + "0" * 64}
    return checks.Verdict(asked, champion, purchases("sha256:7", "test", ana="a"), found)


def test_a_verdict_is_of_its_form(verdict):
    validator("gate").validate(json.loads(json.dumps(verdict.to_dict(forced=True))))


def test_a_verdict_without_champion_and_purchases_is_of_its_form():
    verdict = checks.Verdict(requirements.read(), None, None, [])

    validator("gate").validate(verdict.to_dict())


@pytest.mark.parametrize(
    "change",
    [{"passed": None}, {"k": 0}, {"champion": {}}, {"checks": [{}]}, {"held_out": {}}, {"more": 1}],
)
def test_another_verdict_is_not(verdict, change):
    with pytest.raises(ValidationError):
        validator("gate").validate(verdict.to_dict() | change)


def test_held_out_purchases_are_of_their_form():
    validator("held-out").validate(
        json.loads(held_out.to_bytes("sha256:7", "test", {"ana": ["a"]}))
    )


@pytest.mark.parametrize("of_ana", [[], ["a", "a"], [1], "a"])
def test_other_purchases_are_not(of_ana):
    with pytest.raises(ValidationError):
        validator("held-out").validate({"purchases": {"ana": of_ana}})


LEAD = '[[lead]]\nmetric = "{}"\nof = "{}"\nbound = "{}"\nat_least = {}'


@pytest.mark.parametrize(
    "text",
    [
        requirements.DEFAULT.read_text(),
        "",
        *(LEAD.format(metric, "activity", "mean", 0.5) for metric in ACCURACY),
        "mode = 'all'",
        "k = 501",
        "more = 1",
        "size = {max_growth = 0}",
        "size = {max_bytes = 0}",
        "size = {more = 1}",
        "data = {max_age_days = -1}",
        "data = {may_be_older = 1}",
        "held_out = {min_customers = 0}",
        "held_out = {required = true}",
        "lead = []\nheld_out = {required = true}",
        "held_out = {required = false}",
        "held_out = {required = true}\n" + LEAD.format("recall", "all", "low", 0),
        "held_out = {required = 1}",
        "lead = [{metric = 'recall'}]",
        LEAD.format("ndcg", "category", "low", 0),
        LEAD.format("recall", "category", "low", 1.5),
        LEAD.format("recall", "all", "lower", 0),
    ],
)
def test_the_schema_allows_of_requirements_what_the_reader_does(ask, text):
    try:
        ask(text)
        allowed = True
    except RequirementsError:
        allowed = False

    assert validator("gate-requirements").is_valid(tomllib.loads(text)) == allowed
