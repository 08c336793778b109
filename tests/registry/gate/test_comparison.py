"""Two models on the same purchases, with leads computed by hand."""

import pytest

from registry.errors import GateError
from registry.gate.comparison import compare

POINT = {"mean": 0.5, "low": 0.5, "high": 0.5}


def moved(_):
    pass


@pytest.fixture
def leads(make_model):
    def leads(ours, theirs, held_out, mode="mixed", k=1):
        return compare(ours, theirs, held_out, mode, k, moved).leads

    return leads


def test_a_lead_is_the_difference_customer_by_customer(make_model, purchases, leads):
    held_out = purchases(ana="ab", ben="ac", cleo="ad")

    found = leads(make_model("abcd"), make_model("dcba"), held_out)

    # ours finds one of two for everybody, theirs that of cleo alone: 1/2, 1/2, 0
    lead = found["recall", "all"]["all customers"]
    assert lead.mean == pytest.approx(1 / 3)
    assert (lead.low, lead.high) == (0.0, 0.5)
    assert found["hit_rate", "all"]["all customers"].mean == pytest.approx(2 / 3)
    assert leads(make_model("dcba"), make_model("abcd"), held_out)["recall", "all"][
        "all customers"
    ].mean == pytest.approx(-1 / 3)


def test_a_model_leads_itself_by_nothing(make_model, purchases, leads):
    found = leads(make_model(), make_model(), purchases(ana="ab", ben="d"))

    assert {
        (estimate.low, estimate.mean, estimate.high)
        for of_each in found.values()
        for estimate in of_each.values()
    } == {(0.0, 0.0, 0.0)}


def test_the_mode_says_what_counts_by_what_either_model_knows(make_model, purchases):
    ours = make_model(bought={"ana": "a", "ben": "b"})
    theirs = make_model(bought={"ana": "b"})
    held_out = purchases(ana="abc", ben="b")

    def counted(mode):
        found = compare(ours, theirs, held_out, mode, 1, moved)
        return found.n_customers, found.n_purchases

    assert counted("discover") == (1, 1)  # ana's c
    assert counted("rebuy") == (2, 3)
    assert counted("mixed") == (2, 4)


def test_who_and_what_one_model_does_not_know_is_asked_of_both(make_model, purchases, leads):
    ours = make_model("abcde", bought={"ana": "", "dora": ""})
    theirs = make_model("cba", bought={"ana": ""})

    found = leads(ours, theirs, purchases(ana="a", dora="e"), k=5)

    # both find all of ana's; theirs does not know e, which ours recommends to dora
    assert found["recall", "all"]["all customers"].mean == 0.5


def test_a_stranger_gets_what_is_popular(make_model, purchases, leads):
    found = leads(make_model("abcd"), make_model("abcd"), purchases(eve="d"))

    assert found["recall", "all"]["all customers"].mean == 0.0
    (estimate,) = leads(make_model("abcd"), make_model("dcba"), purchases(eve="d"))[
        "recall", "all"
    ].values()
    assert estimate.mean == 1.0  # by popularity ours begins with d, theirs with a


def test_groups_are_of_customers_with_as_many_known_products(make_model, purchases, leads):
    bought = {"ana": "a", "ben": "ab", "cleo": "a"}
    ours, theirs = make_model("abcd", bought), make_model("abdc", bought)

    found = leads(ours, theirs, purchases(ana="c", ben="d", cleo="c"), mode="discover", k=2)

    of_each = found["recall", "activity"]
    # of ana and cleo both find c among b, c and b, d: only ours does; ben is offered c, d by both
    assert {name: estimate.mean for name, estimate in of_each.items()} == {
        "customers with 1 to 1 known products": 1.0,
        "customers with 2 to 2 known products": 0.0,
    }


def test_categories_are_of_all_their_purchases_together(make_model, purchases, leads):
    held_out = purchases(ana="aB", ben="a", cleo="B")

    found = leads(make_model("aBc"), make_model("Bac"), held_out)["recall", "category"]

    assert {name: estimate.mean for name, estimate in found.items()} == {
        "fruit": 1.0,
        "(no category)": -1.0,
    }


def test_the_progress_is_of_all_who_are_asked(make_model, purchases):
    told = []
    compare(make_model(), make_model(), purchases(ana="a", ben="b"), "mixed", 1, told.append)
    assert sum(told) == 4


@pytest.mark.parametrize(
    ("ours", "theirs", "mode", "message"),
    [
        ("abcd", "wxyz", "mixed", "the champion knows none of the 2 held-out products"),
        ("wxyz", "abcd", "mixed", "the challenger knows none of the 2 held-out products"),
        ("abcd", "abcd", "rebuy", "none of the 2 held-out purchases is one that mode 'rebuy'"),
    ],
)
def test_what_cannot_be_compared_is_said(make_model, purchases, ours, theirs, mode, message):
    with pytest.raises(GateError, match=message):
        compare(make_model(ours), make_model(theirs), purchases(ana="ab"), mode, 1, moved)


def test_a_model_without_the_mode_cannot_be_asked(make_model, purchases):
    ours, theirs = make_model(), make_model(modes=["mixed"])

    with pytest.raises(GateError, match="cannot be asked: mode is 'discover'"):
        compare(ours, theirs, purchases(ana="a"), "discover", 1, moved)
