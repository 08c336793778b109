import pytest

from spotlight import errors


@pytest.mark.parametrize("name", ["InputError", "NotFittedError", "DivergedError"])
def test_every_error_has_one_root_and_is_a_value_error(name):
    error = getattr(errors, name)
    assert issubclass(error, errors.SpotlightError)
    assert issubclass(error, ValueError)
    assert name in errors.__doc__
