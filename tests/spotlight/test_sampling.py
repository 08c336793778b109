import numpy as np
import pytest

from spotlight.errors import InputError
from spotlight.sampling import sample_items


def test_items_come_from_the_random_state_as_numpy_draws_them():
    expected = np.random.RandomState(5).randint(0, 10, (3, 4), dtype=np.int64)
    items = sample_items(10, (3, 4), random_state=np.random.RandomState(5))
    assert items.dtype == np.int64
    assert (items == expected).all()


def test_every_item_is_drawn():
    assert set(sample_items(3, 100)) == {0, 1, 2}


def test_no_items_to_draw_from():
    with pytest.raises(InputError, match="num_items=0"):
        sample_items(0, 1)
