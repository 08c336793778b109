import pytest

from recommender.catalogue import Catalogue
from recommender.errors import CategoryError


def test_products_of_categories(catalogue):
    assert catalogue.within(["bread"]).tolist() == [1, 3]
    assert sorted(catalogue.within(["bread", "drinks", "bread"])) == [0, 1, 2, 3, 4]


def test_an_unknown_category_is_named_beside_known_ones(catalogue):
    with pytest.raises(CategoryError, match=r"'toys' is not .* 2: 'bread', 'drinks'$"):
        catalogue.within(["toys"])


def test_no_category_is_none_and_cannot_be_asked_for():
    catalogue = Catalogue(["a", "b"], ["A", "B"], ["", "x"])
    assert [catalogue.category(row) for row in range(2)] == [None, "x"]
    with pytest.raises(CategoryError, match="'' is not"):
        catalogue.within([""])


def test_survives_as_arrays(catalogue):
    copy = Catalogue.from_arrays(catalogue.to_arrays())
    assert tuple(copy.products) == tuple(catalogue.products)
    assert copy.names == catalogue.names
    assert [copy.category(row) for row in range(5)] == [
        "drinks",
        "bread",
        "drinks",
        "bread",
        "drinks",
    ]


def test_each_product_needs_a_name_and_a_category():
    with pytest.raises(ValueError, match="2 products, 1 names, 2 categories"):
        Catalogue(["a", "b"], ["A"], ["", ""])
