"""The bounds of parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from training.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def require_least(estimator: object, least: Mapping[str, float]) -> None:
    """Raise unless each named parameter is finite and at least what is given for it.

    Raises
    ------
    ConfigError
        Naming the parameter.
    """
    for name, bound in least.items():
        value = getattr(estimator, name)
        if not bound <= value < math.inf:
            raise ConfigError(f"{name} = {value!r} is not allowed; give {bound} or more")


def require_above_zero(estimator: object, *names: str) -> None:
    """Raise unless each named parameter is finite and above 0.

    Raises
    ------
    ConfigError
        Naming the parameter.
    """
    for name in names:
        value = getattr(estimator, name)
        if not 0 < value < math.inf:
            raise ConfigError(f"{name} = {value!r} is not allowed; give a number above 0")
