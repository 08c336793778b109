import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.product_lists import ProductLists
from training.report import breakdown
from training.report.breakdown import NO_CATEGORY, by_activity, by_category, by_popularity_band


def lists(*rows):
    return ProductLists.of([np.array(row) for row in rows])


def test_groups_of_customers_by_what_they_are_known_to_have_bought():
    n_known = np.arange(10)
    found = [[0]] * 5 + [[1]] * 5  # the first five find their product
    groups = by_activity({"a": lists(*found)}, lists(*[[0]] * 10), n_known)
    assert [(group.low, group.high, group.n_customers) for group in groups] == [
        (0, 1, 2),
        (2, 3, 2),
        (4, 5, 2),
        (6, 7, 2),
        (8, 9, 2),
    ]
    assert [group.recall["a"].mean for group in groups] == [1, 1, 0.5, 0, 0]
    assert groups[0].label == "0 to 1"


def test_ties_make_fewer_groups():
    (group,) = by_activity({"a": lists([0], [1])}, lists([0], [0]), np.array([1200, 1200]))
    assert (group.n_customers, group.label, group.recall["a"].mean) == (2, "1,200", 0.5)


@pytest.fixture
def catalogue():
    return Catalogue("01234", "01234", ["tea", "tea", "rye", "", "bun"])


def test_recall_and_shares_by_category(catalogue):
    held_out = lists([0, 1, 2], [1, 3])
    rows = by_category({"a": lists([0, 4], [3, 2])}, held_out, catalogue)
    assert [(row.name, row.n_held_out, row.bought) for row in rows] == [
        ("tea", 3, 0.6),
        (NO_CATEGORY, 1, 0.2),
        ("rye", 1, 0.2),
    ]
    assert [row.recall["a"].mean for row in rows] == [1 / 3, 1, 0]
    assert [row.exposure["a"] for row in rows] == [0.25, 0.25, 0.25]  # a quarter is buns


def test_small_categories_are_put_together(catalogue, monkeypatch):
    monkeypatch.setattr(breakdown, "_CATEGORIES", 1)
    rows = by_category({"a": lists([0, 4], [3, 2])}, lists([0, 1, 2], [1, 3]), catalogue)
    assert [(row.name, row.is_rest) for row in rows] == [("tea", False), ("all 3 others", True)]
    assert rows[1].recall["a"].mean == 0.5
    assert rows[1].exposure["a"] == 0.75


def test_shares_by_popularity():
    popularity = np.array([0.1, 0.5, 0.3, 0.3])
    bands = by_popularity_band({"a": lists([1, 2], [1, 3])}, lists([0], [1]), popularity)
    # most bought first, ties by index: 1 2 3 0
    assert [(band.low, band.high) for band in bands] == [
        (0, 0.25),
        (0.25, 0.5),
        (0.5, 0.75),
        (0.75, 1),
    ]
    assert [band.bought for band in bands] == [0.5, 0, 0, 0.5]
    assert [band.exposure["a"] for band in bands] == [0.5, 0.25, 0.25, 0]


def test_ten_bands_of_a_large_catalogue():
    bands = by_popularity_band({}, lists([3]), np.linspace(1, 0.1, 95))
    assert len(bands) == 10
    assert (bands[0].low, bands[-1].high) == (0, 1)
    assert sum(band.bought for band in bands) == 1
