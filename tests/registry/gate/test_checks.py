"""Numbers held against what is asked."""

from datetime import date, timedelta

import pytest

from recommender.metrics import Estimate
from registry.gate import checks
from registry.gate.comparison import Comparison


def passed(found):
    return [check.passed for check in found]


@pytest.mark.parametrize(
    ("size", "champion", "expected"),
    [
        (100, 60, [True, True]),
        (101, 60, [False, True]),
        (100, 40, [True, False]),
        (9, None, [True]),
    ],
)
def test_sizes(ask, size, champion, expected):
    asked = ask("[size]\nmax_bytes = 100\nmax_growth = 2")

    assert passed(checks.of_size(asked, size, champion)) == expected


def test_data_grow_old(ask):
    asked = ask("[data]\nmax_age_days = 10")
    today = date.today()
    old, young = ((today - timedelta(days=days)).isoformat() for days in (11, 10))

    assert passed(checks.of_data(asked, young, None)) == [True]
    assert passed(checks.of_data(asked, old, None)) == [False]
    assert passed(checks.of_data(asked, None, None)) == [False]


def test_a_day_to_come_is_none(ask):
    asked = ask("[data]\nmax_age_days = 10\nmay_be_older = false")
    tomorrow, later = ((date.today() + timedelta(days=days)).isoformat() for days in (1, 2))

    assert passed(checks.of_data(asked, tomorrow, "2026-02-01")) == [True, True]
    assert passed(checks.of_data(asked, later, "2026-02-01")) == [False, False]


@pytest.mark.parametrize(
    ("until", "champion", "expected"),
    [
        ("2026-02-01", "2026-02-01", [True]),
        ("2026-01-31", "2026-02-01", [False]),
        (None, "2026-02-01", [False]),
        ("2026-02-01", None, []),
        (None, None, []),
    ],
)
def test_data_are_not_older_than_the_champions(ask, until, champion, expected):
    found = checks.of_data(ask("[data]\nmay_be_older = false"), until, champion)

    assert passed(found) == expected


@pytest.mark.parametrize(("bound", "expected"), [("low", False), ("mean", False), ("high", True)])
def test_leads_are_asked_about_one_end_of_their_interval(ask, bound, expected):
    asked = ask(
        f'[[lead]]\nmetric = "recall"\nof = "all"\nbound = "{bound}"\nat_least = 0.1\n'
        "[held_out]\nmin_customers = 3"
    )
    lead = {"all customers": Estimate(0.05, -0.1, 0.1)}

    found = checks.of_leads(asked, Comparison(3, 9, {("recall", "all"): lead}))

    assert passed(found) == [True, expected]
    assert found[1].name == "lead in recall at 30, all customers"
    assert found[1].found == {"mean": 0.05, "low": -0.1, "high": 0.1}
    assert found[1].required == f"{bound} at least 0.1"


def test_of_few_customers_nothing_is_concluded(ask):
    asked = ask("[held_out]\nmin_customers = 3")

    assert passed(checks.of_leads(asked, Comparison(2, 9, {}))) == [False]
