"""Which values of one parameter may be tried: some, or all from a low to a high one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from training.errors import ConfigError
from training.setting import Kind, read_table, setting
from training.tuning.parameters import ABSENT, is_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.distributions import BaseDistribution

_SCALARS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value)


_NUMBER = Kind("a number", _is_number, lambda value: value)
_CHOICES = Kind(
    "a list of values, at least one",
    lambda value: isinstance(value, list) and value != [] and {*map(type, value)} <= {*_SCALARS},
    tuple,
)
_FLAG = Kind("true or false", lambda value: isinstance(value, bool), bool)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """A table of a space's file."""

    choices: tuple[Any, ...] | None = setting(_CHOICES, None)
    low: float | None = setting(_NUMBER, None)
    high: float | None = setting(_NUMBER, None)
    step: float | None = setting(_NUMBER, None)
    log: bool = setting(_FLAG, False)


@dataclass(frozen=True)
class Choices:
    """Some values of one type, in no order."""

    values: tuple[Any, ...]

    @property
    def distribution(self) -> BaseDistribution:
        """What Optuna draws from."""
        return CategoricalDistribution(self.values)

    @property
    def tested(self) -> tuple[Any, ...]:
        """The values that must suit the estimator."""
        return self.values

    def with_start(self, start: Any) -> Choices:
        """Return the choices with the start among them."""
        known = start is ABSENT or start in self.values
        return self if known else replace(self, values=(*self.values, start))

    def nearest(self, start: Any) -> Any:
        """Return the start, or the first value where there is no start."""
        return self.values[0] if start is ABSENT else start


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`, in steps or evenly in their logarithm; whole or not."""

    low: float
    high: float
    step: float | None
    log: bool
    whole: bool

    @property
    def distribution(self) -> BaseDistribution:
        """What Optuna draws from."""
        if self.whole:
            return IntDistribution(int(self.low), int(self.high), self.log, int(self.step or 1))
        return FloatDistribution(float(self.low), float(self.high), self.log, self.step)

    @property
    def tested(self) -> tuple[Any, ...]:
        """The values that must suit the estimator."""
        return self.low, self.high

    def with_start(self, start: Any) -> Range:  # noqa: ARG002  as that of Choices
        """Return the range: the start may lie beside it."""
        return self

    def nearest(self, start: Any) -> Any:
        """Return the number of the range that is nearest to the start."""
        value = self.low if start is ABSENT else min(max(start, self.low), self.high)
        step = self.step or (1 if self.whole else None)
        return value if step is None else self.low + round((value - self.low) / step) * step


def read(table: Mapping[str, Any], default: Any, name: str, where: str) -> Choices | Range:
    """Read what may be tried of one parameter.

    Parameters
    ----------
    default
        The parameter's value by default, which has the type that all must have;
        `training.tuning.parameters.ABSENT`: there is none, numbers are no whole ones.
    name, where
        What to call the parameter and the file in messages.

    Raises
    ------
    ConfigError
        If the table says nothing, contradicts itself, or is of the wrong type.
    """
    given = read_table(_Given, table, where, f"{name}.")
    if is_table(default) or not (default is ABSENT or type(default) in _SCALARS):
        raise ConfigError(f"{where}: {name} is no single value; name one parameter inside it")
    numbers = (given.low, given.high, given.step)
    if given.choices is not None:
        if given.log or any(number is not None for number in numbers):
            raise ConfigError(f"{where}: {name} has choices and a range; leave one of them out")
        return Choices(tuple(_typed(v, default, name, where) for v in given.choices))
    if given.low is None or given.high is None:
        raise ConfigError(f"{where}: {name} says too little; give it choices, or low and high")
    if type(default) in {bool, str}:
        raise ConfigError(f"{where}: {name} is {default!r}, which has no range; give it choices")
    low, high, step = (n if n is None else _typed(n, default, name, where) for n in numbers)
    return _range(low, high, step, given.log, f"{where}: {name}", whole=type(default) is int)


def _range(low: Any, high: Any, step: Any, log: bool, what: str, *, whole: bool) -> Range:
    if low > high:
        raise ConfigError(f"{what} has low = {low!r} above high = {high!r}; exchange them")
    if log and (low <= 0 or step is not None):
        raise ConfigError(f"{what} has log = true, which needs low above 0 and no step")
    if step is not None:
        if step <= 0:
            raise ConfigError(f"{what} has step = {step!r}; give it a number above 0")
        high = low + math.floor((high - low) / step + 1e-9) * step  # the last that steps reach
    return Range(low, high, step, log, whole)


def _typed(value: Any, default: Any, name: str, where: str) -> Any:
    kind = (float if type(value) is int else type(value)) if default is ABSENT else type(default)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ConfigError(
            f"{where}: {name} has {value!r}; give {_SCALARS[kind]}, such as {default!r}"
        )
    return value
