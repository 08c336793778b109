import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.errors import RulesError
from recommender.rules import AppliedRules, Rules

GIVEN = {
    "exclude_products": ["4012", "4011", "4012"],
    "exclude_categories": ["TOBACCO"],
    "available_products": ["1", "2"],
    "max_per_category": 3,
    "max_in_category": {"WINE": 1},
}


def test_rules_have_one_form_and_a_digest_of_their_own():
    given = Rules.from_fields(GIVEN, "here")

    assert given.exclude_products == ("4011", "4012")
    assert given.to_fields() == GIVEN | {"exclude_products": ["4011", "4012"]}
    assert Rules.from_fields(given.to_fields(), "here") == given
    reordered = dict(reversed(GIVEN.items())) | {"exclude_products": ["4011", "4012"]}
    assert Rules.from_fields(reordered, "there").digest == given.digest
    assert given.digest != Rules.from_fields(GIVEN | {"max_per_category": 4}, "here").digest


def test_no_rules_and_nothing_available_are_not_the_same():
    assert Rules.from_fields({}, "here") == Rules()
    assert Rules().to_fields() == {}
    nothing = Rules.from_fields({"available_products": []}, "here")
    assert nothing.to_fields() == {"available_products": []}
    assert nothing.digest != Rules().digest
    assert Rules.from_fields({"exclude_products": []}, "here").digest == Rules().digest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exclude_product": []}, "here has an unknown rule 'exclude_product': did you mean"),
        ({"colour": 1}, "unknown rule 'colour': there are exclude_products, exclude_categories"),
        ({"exclude_products": "4011"}, "exclude_products in here must be a list of ids"),
        ({"exclude_products": [4011]}, "each of them text"),
        ({"available_products": [""]}, "available_products in here must be a list of ids"),
        ({"max_per_category": 0}, "max_per_category in here is 0; it must be a whole number from"),
        ({"max_per_category": True}, "is True; it must be a whole number"),
        ({"max_in_category": 2}, "max_in_category in here must give a number for each category"),
        ({"max_in_category": {"WINE": "two"}}, "'WINE' of max_in_category in here is 'two'"),
    ],
)
def test_other_rules_are_refused_with_what_is_allowed(fields, message):
    with pytest.raises(RulesError) as caught:
        Rules.from_fields(fields, "here")

    assert message in str(caught.value)


def applied(catalogue, **rules):
    return AppliedRules(Rules(**rules), catalogue)


def test_applied_to_a_catalogue_rules_are_rows(catalogue):
    rules = applied(
        catalogue,
        exclude_products=("cola",),
        exclude_categories=("bread",),
        available_products=("cola", "rye", "milk"),
        max_per_category=2,
        max_in_category={"bread": 1},
    )
    assert rules.digest.startswith("sha256:")
    assert rules.excluded.tolist() == [0, 1, 3]
    assert rules.unavailable.tolist() == [2]
    assert rules.caps.tolist() == [2, 1, 2, 1, 2]
    assert rules.is_unavailable.tolist() == [False, False, True, True, False]
    assert {rule: np.flatnonzero(mask).tolist() for rule, mask in rules.masks.items()} == {
        "exclude_products": [0],
        "exclude_categories": [1, 3],
        "available_products": [2, 3],
    }
    assert rules.cap_rule("bread") == "max_in_category"
    assert rules.cap_rule("drinks") == "max_per_category"
    assert rules.unknown == {}


def test_ids_that_the_catalogue_lacks_are_told_and_have_no_effect(catalogue):
    rules = applied(
        catalogue,
        exclude_products=("beer", "cola"),
        exclude_categories=("toys",),
        available_products=("beer",),
        max_in_category={"toys": 1},
    )
    assert rules.excluded.tolist() == [0]
    assert rules.unavailable.tolist() == [1, 2, 3, 4]
    assert rules.caps is None
    assert rules.unknown == {
        "exclude_products": ("beer",),
        "exclude_categories": ("toys",),
        "available_products": ("beer",),
        "max_in_category": ("toys",),
    }
    assert rules.n_unknown == dict.fromkeys(rules.unknown, 1)


def test_without_a_rule_everything_may_be_recommended(catalogue):
    rules = applied(catalogue)
    assert rules.excluded.size == rules.unavailable.size == 0
    assert rules.caps is None
    assert rules.masks == {}


def test_products_without_a_category_are_not_capped():
    rules = applied(Catalogue("abc", "abc", ["", "x", ""]), max_per_category=1)
    most = np.iinfo(np.int64).max
    assert rules.caps.tolist() == [most, 1, most]
