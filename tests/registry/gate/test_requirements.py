"""What the gate can be told to ask for."""

import pytest

from registry.errors import RequirementsError
from registry.gate import requirements
from registry.gate.requirements import Lead


def test_the_shipped_file_asks_for_every_kind_of_thing():
    asked = requirements.read()

    assert (asked.file, asked.mode, asked.k, asked.min_customers) == (
        "default.toml",
        "discover",
        30,
        100,
    )
    assert asked.digest.startswith("sha256:")
    assert asked.held_out_required is None
    assert (asked.max_bytes, asked.max_growth) == (2_000_000_000, None)
    assert (asked.max_age_days, asked.may_be_older) == (None, False)
    assert {lead.of for lead in asked.leads} == {"all", "activity", "category"}
    assert all(lead.at_least <= 0 for lead in asked.leads)


def test_an_empty_file_asks_for_nothing(ask):
    asked = ask("")

    assert asked.leads == ()
    assert asked.may_be_older
    assert {asked.max_bytes, asked.max_growth, asked.max_age_days} == {None}


def test_everything_can_be_said(ask):
    asked = ask(
        """
        mode = "rebuy"
        k = 10
        size = {max_bytes = 1_000, max_growth = 1}
        data = {max_age_days = 0, may_be_older = false}
        held_out = {min_customers = 7, required = true}
        lead = [{metric = "ndcg", of = "activity", bound = "mean", at_least = 0.01}]
        """
    )

    assert (asked.mode, asked.k, asked.min_customers) == ("rebuy", 10, 7)
    assert (asked.max_bytes, asked.max_growth, asked.max_age_days) == (1000, 1, 0)
    assert (asked.may_be_older, asked.held_out_required) == (False, True)
    assert asked.leads == (Lead("ndcg", "activity", "mean", 0.01),)


LEAD = '[[lead]]\nmetric = "{}"\nof = "{}"\nbound = "{}"\nat_least = {}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("k = ", "is no TOML file"),
        ("mod = 'mixed'", "unknown key mod in the top level; did you mean mode?"),
        ("[size]\nmax_byte = 1", r"unknown key max_byte in \[size\]; did you mean max_bytes"),
        ("[size]\nxyz = 1", "allowed are max_bytes, max_growth"),
        ("mode = 'all'", 'mode = \'all\' .* give it "discover" or "rebuy" or "mixed"'),
        ("k = 0", "k = 0 .* a whole number from 1 to 500"),
        ("k = true", "k = True"),
        ("k = 501", "k = 501"),
        ("size = 1", "size = 1 .* a table"),
        ("[size]\nmax_growth = 0", "max_growth = 0"),
        ("[size]\nmax_growth = nan", "max_growth = nan"),
        ("[data]\nmay_be_older = 1", "true or false"),
        ("[data]\nmax_age_days = -1", "a whole number from 0 up"),
        ("[held_out]\nmin_customers = 0", "min_customers = 0"),
        ("[lead]\nmetric = 'recall'", r"each headed \[\[lead\]\]"),
        ("[[lead]]\nmetric = 'recall'", r"a \[\[lead\]\] lacks of"),
        ("[held_out]\nrequired = true", r"asks for nothing without a \[\[lead\]\]"),
        ("lead = []\nheld_out = {required = true}", r"asks for nothing without a \[\[lead\]\]"),
        (LEAD.format("recal", "all", "low", 0), "metric = 'recal' .* \"recall\""),
        (LEAD.format("recall", "each", "low", 0), "of = 'each'"),
        (LEAD.format("recall", "all", "lower", 0), "bound = 'lower'"),
        (LEAD.format("recall", "all", "low", 2), "a fraction from -1 to 1"),
        (LEAD.format("ndcg", "category", "low", 0), "of categories only recall"),
    ],
)
def test_what_is_not_allowed_is_told_with_what_is(ask, text, message):
    with pytest.raises(RequirementsError, match=message) as caught:
        ask(text)
    assert "gate.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(RequirementsError, match=r"gone.toml cannot be read \(No such file"):
        requirements.read(tmp_path / "gone.toml")
