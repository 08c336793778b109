import pytest

from training.evaluate import evaluate


def test_it_is_what_evaluate_measures(model, prepared, measured):
    expected = evaluate(
        model, prepared.matrix("test"), split="test", cut_offs=[1, 2, 5], progress=False
    )
    recall = measured.accuracy["recall"]
    assert measured.cut_offs == (1, 2, 5)
    assert recall.of["model"] == [expected.recall[k] for k in (1, 2, 5)]
    assert recall.of["popularity"] == [expected.popularity[k] for k in (1, 2, 5)]
    assert [lead.mean for lead in recall.leads["popularity"]] == pytest.approx(
        [expected.difference[k].mean for k in (1, 2, 5)]
    )
    for name in ("model", "popularity"):
        assert measured.accuracy["ndcg"].of[name][0] == expected.metrics[name]["ndcg"][1]
        assert measured.shown[name]["gini"] == expected.metrics[name]["gini"]


def test_the_curve_ends_with_the_catalogue(measured):
    assert {len(values) for values in measured.curve.of.values()} == {24}
    assert measured.curve.of["model"][4].mean == measured.accuracy["recall"].of["model"][2].mean


def test_the_contenders(measured, without_champion):
    assert measured.contenders == ["model", "popularity", "champion"]
    assert measured.rivals == ["popularity", "champion"]
    assert without_champion.contenders == ["model", "popularity"]


def test_the_breakdowns_are_of_the_same_customers(measured):
    assert sum(group.n_customers for group in measured.activity) == measured.n_customers == 23
    assert sum(row.n_held_out for row in measured.categories) == 23
    assert sum(band.bought for band in measured.bands) == pytest.approx(1)
