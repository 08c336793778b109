import pytest

from recommender.errors import CategoryError, CutOffError
from recommender.popular import popular
from recommender.rules import AppliedRules, Rules


def ids(items):
    return [item.product_id for item in items]


def test_popular_is_what_most_customers_buy(model):
    assert ids(popular(model, 3)) == ["rye", "cola", "tea"]
    assert [item.score for item in popular(model, 2)] == [3, 2]


def test_filters_and_rules_hold(model):
    assert ids(popular(model, 5, categories=["bread"])) == ["rye", "bun"]
    assert ids(popular(model, 2, exclude=["rye", "no product"])) == ["cola", "tea"]
    rules = AppliedRules(Rules(max_per_category=1), model.catalogue)
    assert ids(popular(model, 5, rules=rules)) == ["rye", "cola"]


def test_what_cannot_be_asked_is_told(model):
    with pytest.raises(CutOffError):
        popular(model, 501)
    with pytest.raises(CategoryError):
        popular(model, 3, categories=["toys"])
