import numpy as np

from recommender.scorers import ItemItem, to_arrays

CUSTOMERS, PRODUCTS = np.arange(7), np.arange(11)
BASKETS = [np.array([0]), np.array([2, 5, 10])]


def test_scores_are_those_of_the_weights_that_the_factors_stand_for(every_kind):
    factors = every_kind["item_item_factors"]
    weights = factors.feature_factors @ factors.product_factors.T
    rows = {name: array for name, array in to_arrays(factors).items() if "factors" not in name}
    written_out = ItemItem(**rows, weights=weights)

    for one, other in [
        (factors.scores(CUSTOMERS), written_out.scores(CUSTOMERS)),
        (factors.basket_scores(BASKETS), written_out.basket_scores(BASKETS)),
        (factors.between(np.arange(13), PRODUCTS[::2]), weights[:, ::2]),
    ]:
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
