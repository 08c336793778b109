import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.split import PARTS, TEST, TRAIN, VALIDATION, random_parts, time_cuts, time_parts

fractions = st.floats(0, 0.99)


def test_the_parts_are_numbered() -> None:
    assert [PARTS[part] for part in (TRAIN, VALIDATION, TEST)] == ["train", "validation", "test"]


@given(st.integers(0, 2000), fractions, fractions, st.integers(0, 2**32))
def test_random_parts_have_their_fractions(
    n_pairs: int, test: float, validation: float, seed: int
) -> None:
    parts = random_parts(n_pairs, test, validation, seed)
    n_train, n_validation, n_test = np.bincount(parts, minlength=3)
    assert parts.dtype == np.int8
    assert n_train + n_validation + n_test == n_pairs
    assert abs(n_test - test * n_pairs) <= 0.5
    assert abs(n_validation - validation * (n_pairs - n_test)) <= 0.5
    np.testing.assert_array_equal(parts, random_parts(n_pairs, test, validation, seed))


def test_another_seed_gives_other_parts() -> None:
    one, other = (random_parts(100, 0.1, 0.1, seed) for seed in (0, 1))
    assert (one != other).any()


def test_validation_does_not_move_test() -> None:
    """So that a model fitted on all but test can be measured with any validation."""
    without, with_ = (random_parts(100, 0.1, validation, 0) for validation in (0.0, 0.5))
    np.testing.assert_array_equal(without == TEST, with_ == TEST)


def days(*numbers: int) -> np.ndarray:
    return np.datetime64("2026-01-01", "us") + np.array(numbers) * np.timedelta64(1, "D")


def test_time_cuts_are_fractions_of_the_period() -> None:
    # Days 0 to 100: test is what comes after day 80, validation after day 60 of those 80.
    train_end, validation_end = time_cuts(days(0, 100, 3), test=0.2, validation=0.25)
    assert (train_end, validation_end) == tuple(days(60, 80))
    parts = time_parts(days(0, 60, 61, 80, 81, 100, 61), train_end, validation_end)
    assert parts.dtype == np.int8
    assert parts.tolist() == [TRAIN, TRAIN, VALIDATION, VALIDATION, TEST, TEST, VALIDATION]


@pytest.mark.parametrize(("test", "validation"), [(0.0, 0.0), (0.0, 0.5), (0.5, 0.0)])
def test_no_fraction_no_part(test: float, validation: float) -> None:
    times = days(*range(11))
    parts = set(time_parts(times, *time_cuts(times, test, validation)).tolist())
    assert parts == {TRAIN} | ({VALIDATION} if validation else set()) | ({TEST} if test else set())


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=50), fractions, fractions)
def test_time_parts_follow_time(microseconds: list[int], test: float, validation: float) -> None:
    times = np.sort(np.array(microseconds, "datetime64[us]"))
    parts = time_parts(times, *time_cuts(times, test, validation))
    assert (np.diff(parts) >= 0).all()
    assert (np.diff(parts)[np.diff(times) == np.timedelta64(0, "us")] == 0).all()
    assert parts[0] == TRAIN
