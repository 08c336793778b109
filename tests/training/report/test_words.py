import dataclasses

import pytest

from recommender.metrics import Estimate
from training.report.words import points, summary, verdict, with_interval


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_numbers_for_people():
    value = Estimate(0.12345, 0.1, 0.2)
    assert plain(with_interval(value)) == "12.3% (10.0 to 20.0)"
    assert plain(points(Estimate(-0.01, -0.02, 0.003))) == "-1.00 (-2.00 to +0.30)"


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.01, 0.02, "the model is ahead of popularity"),
        (-0.02, -0.01, "the model is behind popularity"),
        (-0.01, 0.02, "the model and popularity cannot be told apart"),
        (0.0, 0.02, "the model and popularity cannot be told apart"),
        (0.0, 0.0, "the model and popularity find the same"),
    ],
)
def test_ahead_only_where_the_interval_excludes_zero(low, high, says):
    assert verdict(Estimate((low + high) / 2, low, high), "popularity").startswith(says)


def test_the_summary_says_what_was_measured(measured):
    text = plain("\n".join(summary(measured)))
    recall = measured.accuracy["recall"]
    for value in recall.of["model"]:
        assert f"recommendations hold {plain(with_interval(value))}" in text
    assert "In the first 1 recommendations the model is ahead of popularity: " in text
    assert "the model is ahead of the champion: " in text
    assert f"means over {measured.n_customers:,} customers" in text
    assert "products that were new to the customer" in text


def test_without_a_champion_nothing_is_said_of_one(without_champion):
    assert "champion" not in "\n".join(summary(without_champion))


def test_the_mode_is_told(measured):
    rebuy = dataclasses.replace(measured, mode="rebuy")
    assert "products that the customer had bought before" in summary(rebuy)[0]


@pytest.mark.parametrize(("low", "told"), [(0.3, False), (0.1, True)])
def test_overlapping_groups_are_told(measured, low, told):
    best, worst = Estimate(0.4, low, 0.5), Estimate(0.15, 0.1, 0.2)
    groups = [
        dataclasses.replace(group, recall=dict.fromkeys(group.recall, recall))
        for group, recall in zip(measured.activity, (worst, best), strict=False)
    ]
    sentence = summary(dataclasses.replace(measured, activity=groups))[-1]
    assert f"highest at {groups[1].label}, with" in sentence
    assert ("may be chance" in sentence) == told


def test_one_group_is_not_compared(measured):
    one = dataclasses.replace(measured, activity=measured.activity[:1])
    assert len(summary(one)) == len(summary(measured)) - 1
