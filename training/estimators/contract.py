"""What every estimator can do, and how one is made from a configuration's table."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from training.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy import sparse

    from recommender.scorers import AnyScorer


_KINDS: dict[type, str] = {int: "a whole number", float: "a number", str: "a word"}


class Estimator(Protocol):
    """Learns from purchases; a frozen dataclass whose fields are its parameters."""

    name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def fit(
        self, purchases: sparse.csr_matrix, *, seed: int, device: str, progress: bool = True
    ) -> AnyScorer:
        """Learn a scorer.

        Parameters
        ----------
        purchases
            float32 (n_customers, n_products); in how many baskets of the customer the product
            was; 0 is not stored.
        seed
            The same purchases, parameters, seed and machine give the same scorer.
        device
            ``cpu`` or ``cuda``.
        progress
            Whether to show a progress bar on standard error.

        Returns
        -------
        Factors or Popularity
            Over the same customers and products.

        Raises
        ------
        FitError
            If the loss does not stay finite.
        """
        ...


def make(cls: type[Estimator], parameters: Mapping[str, Any]) -> Estimator:
    """Make an estimator from a table of parameters; what the table leaves out has defaults.

    Raises
    ------
    ConfigError
        Naming the parameter that is unknown or of the wrong type.
    """
    allowed = {field.name: field.default for field in fields(cls)}
    for name, value in parameters.items():
        where = f"model.parameters.{name} = {value!r}"
        if name not in allowed:
            raise ConfigError(
                f"{where}: estimator {cls.name!r} has no such parameter; "
                f"it has {', '.join(allowed) or 'none'}"
            )
        if not _is_like(value, allowed[name]):
            kind = _KINDS[type(allowed[name])]
            raise ConfigError(f"{where} is not allowed; give {kind}, such as {allowed[name]!r}")
    return cls(**parameters)


def _is_like(value: object, default: object) -> bool:
    """Tell whether a value may stand where the default stands: a whole number is a float too."""
    return type(value) is type(default) or (type(default) is float and type(value) is int)
