"""What every estimator can do, and how one is made from a configuration's table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from training.errors import ConfigError

if TYPE_CHECKING:
    from recommender.scorers import AnyScorer
    from training.dataset import Dataset


_KINDS: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    str: "a word",
    tuple: "a list",
}


E = TypeVar("E", bound="Parameters")


class Parameters(Protocol):
    """A frozen dataclass whose fields, each with a default, are an estimator's parameters."""

    name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


class Estimator(Parameters, Protocol):
    """Learns one scorer from a data set."""

    def fit(self, dataset: Dataset, *, seed: int, device: str, progress: bool = True) -> AnyScorer:
        """Learn a scorer.

        Parameters
        ----------
        dataset
            Who bought what, and when.
        seed
            The same data, parameters, seed and machine give the same scorer.
        device
            ``cpu`` or ``cuda``.
        progress
            Whether to show a progress bar on standard error.

        Returns
        -------
        scorer
            Over the same customers and products.

        Raises
        ------
        FitError
            If the loss does not stay finite, or memory does not suffice.
        DataError
            If the data lack what the estimator needs, such as a time.
        """
        ...


def make(cls: type[E], parameters: Mapping[str, Any], prefix: str = "model.parameters.") -> E:
    """Make an estimator from a table of parameters; what the table leaves out has defaults.

    A parameter that is itself an estimator takes a table of that one's parameters.

    Raises
    ------
    ConfigError
        Naming the parameter that is unknown or of the wrong type.
    """
    allowed = defaults(cls)
    for name in parameters:
        if name not in allowed:
            close = difflib.get_close_matches(name, allowed, n=1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise ConfigError(
                f"{prefix}{name} = {parameters[name]!r}: estimator {cls.name!r} has no such "
                f"parameter; {meant}it has {', '.join(allowed) or 'none'}"
            )
    values = {
        name: _like(value, allowed[name], f"{prefix}{name}") for name, value in parameters.items()
    }
    try:
        return cls(**values)
    except ConfigError as error:  # which begins with the parameter's name
        raise ConfigError(f"{prefix}{error}") from None


def defaults(cls: type[Parameters]) -> dict[str, Any]:
    """Return the parameters of an estimator with their defaults."""
    return {field.name: getattr(cls(), field.name) for field in fields(cls)}


def _like(value: Any, default: Any, where: str) -> Any:
    """Take a value that may stand where the default stands: a whole number is a number too."""
    if is_dataclass(default) and isinstance(value, Mapping):
        return make(type(default), value, f"{where}.")  # type: ignore[type-var]
    if isinstance(default, Mapping) and isinstance(value, Mapping):
        return {key: _like(each, 1.0, f"{where}.{key}") for key, each in value.items()}
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        return tuple(_like(each, default[0], where) for each in value)
    if type(value) is type(default) or (type(default) is float and type(value) is int):
        return value
    kind = _KINDS.get(type(default), "a table")
    raise ConfigError(f"{where} = {value!r} is not allowed; give {kind}, such as {default!r}")
