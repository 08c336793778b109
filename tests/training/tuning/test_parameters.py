import re
from dataclasses import dataclass, field

import pytest

from training.errors import ConfigError
from training.tuning.parameters import ABSENT, value_at, with_values


@dataclass(frozen=True)
class Inner:
    l2: float = 0.5
    side: dict = field(default_factory=lambda: {"brand": 0.3})


@dataclass(frozen=True)
class Outer:
    ease: Inner = field(default_factory=Inner)
    n_epochs: int = 3


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("n_epochs",), 3),
        (("ease", "l2"), 0.5),
        (("ease", "side", "brand"), 0.3),
        (("ease", "side", "type"), ABSENT),
    ],
)
def test_the_value_is_found_in_dataclasses_and_tables(names, value):
    assert value_at(Outer(), names, ["type"]) is value


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("n_epoch",), "did you mean n_epochs? the estimator has ease, n_epochs"),
        (("ease", "l1"), "no parameter ease.l1; did you mean ease.l2?"),
        (("ease", "type"), "no parameter ease.type; ease has l2, side"),
        (("ease", "side", "brnd"), "no parameter ease.side.brnd; did you mean ease.side.brand?"),
        (("n_epochs", "x"), "no parameter n_epochs.x; n_epochs has none"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(names, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        value_at(Outer(), names, ["type"])


def test_values_are_set_inside_tables_and_nothing_else_is_changed():
    given = {"a": 1, "inner": {"b": 2, "c": 3}}
    changed = with_values(given, {("inner", "b"): 5, ("new", "d"): 6, ("a",): 7})
    assert changed == {"a": 7, "inner": {"b": 5, "c": 3}, "new": {"d": 6}}
    assert given == {"a": 1, "inner": {"b": 2, "c": 3}}
