"""A search space: which values of which parameters may be tried. A TOML table a parameter.

::

    [learning_rate]
    low = 1e-4
    high = 1e-1
    log = true

    ["ease.side.*"]      # every attribute of the data's products
    choices = [0.0, 0.3, 1.0]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.config_file import read_toml
from training.dataset import JOIN
from training.errors import ConfigError
from training.estimators import make
from training.prepared import digest_of
from training.tuning import ranges
from training.tuning.parameters import is_table, value_at, with_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optuna.distributions import BaseDistribution

    from training.config import ModelConfig
    from training.estimators.contract import Parameters
    from training.tuning.parameters import Names
    from training.tuning.ranges import Choices, Range

FOLDER = Path(__file__).parents[1] / "configs" / "spaces"
EVERY = "*"
_IDENTITY = "product_id"  # which tells every product apart and groups none


@dataclass(frozen=True)
class Parameter:
    """One parameter that is tuned.

    Attributes
    ----------
    names
        Where it is among the estimator's parameters.
    start
        Its value before tuning; `training.tuning.parameters.ABSENT` if it has none.
    tried
        The values that may be tried.
    """

    names: Names
    start: Any
    tried: Choices | Range


@dataclass(frozen=True)
class Space:
    """The parameters that are tuned, by their names in the study, as ``ease.l2``."""

    parameters: dict[str, Parameter]

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What Optuna draws from."""
        return {name: each.tried.distribution for name, each in self.parameters.items()}

    @property
    def start(self) -> dict[str, Any]:
        """The point that is nearest to where tuning starts."""
        return {name: each.tried.nearest(each.start) for name, each in self.parameters.items()}

    @property
    def digest(self) -> str:
        """The space's identity."""
        return digest_of({name: repr(each.tried) for name, each in self.parameters.items()})

    def applied(self, point: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return a configuration's parameters with those of a point in place of theirs."""
        return with_values(
            parameters, {self.parameters[name].names: value for name, value in point.items()}
        )


def default_path(estimator: Parameters) -> Path:
    """Return the file of an estimator's own space; of a blend, that of its first member.

    Raises
    ------
    ConfigError
        If it has none.
    """
    first = getattr(estimator, "members", ())[:1]
    name = "-".join([estimator.name, *first])
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        have = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        raise ConfigError(
            f"estimator {name!r} has no search space of its own; name a file with --space "
            f"(those that have are {have})"
        )
    return path


def read(path: Path, model: ModelConfig, estimator: Parameters, attributes: Sequence[str]) -> Space:
    """Read a search space and check it against what it is for.

    Parameters
    ----------
    model, estimator
        The configuration of the model before tuning, and the estimator made from it.
    attributes
        What is known of the data's products; ``*`` stands for all of it but ``product_id``.

    Raises
    ------
    ConfigError
        Naming the nearest parameter for an unknown one; if a value is not allowed, or nothing is
        tuned at all.
    """
    parameters = {}
    for written, table in _tables(read_toml(path), path):
        for names in _expanded(written, attributes):
            name = ".".join(names)
            default, start = (
                _value_at(each, names, attributes, path) for each in (type(estimator)(), estimator)
            )
            tried = ranges.read(table, default, name, str(path)).with_start(start)
            parameters[name] = Parameter(names, start, tried)
    if not parameters:
        raise ConfigError(f"{path}: nothing is tuned; give it a table a parameter")
    for name, each in parameters.items():
        _require_suitable(each, model, estimator, f"{path}: {name}")
    return Space(parameters)


def _tables(
    tables: Mapping[str, Any], path: Path, outer: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each parameter's table, be it written ``["ease.l2"]`` or ``[ease.l2]``."""
    for written, table in tables.items():
        name = f"{outer}{written}"
        if not is_table(table):
            raise ConfigError(f"{path}: {name} = {table!r} is not a table; write it as [{name}]")
        if table and all(map(is_table, table.values())):
            yield from _tables(table, path, f"{name}.")
        else:
            yield name, table


def _expanded(written: str, attributes: Sequence[str]) -> Iterator[Names]:
    names = tuple(written.split("."))
    if EVERY not in names:
        yield names
        return
    at = names.index(EVERY)
    for attribute in attributes:
        if attribute != _IDENTITY:
            yield (*names[:at], attribute, *names[at + 1 :])


def _value_at(estimator: Parameters, names: Names, attributes: Sequence[str], path: Path) -> Any:
    # Attributes may be crossed, so a name made of known ones is known.
    crossed = [each for each in names if set(each.split(JOIN)) <= set(attributes)]
    try:
        return value_at(estimator, names, [*attributes, *crossed])
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _require_suitable(
    parameter: Parameter, model: ModelConfig, estimator: Parameters, what: str
) -> None:
    for value in parameter.tried.tested:
        try:
            make(type(estimator), with_values(model.parameters, {parameter.names: value}))
        except ConfigError as error:
            raise ConfigError(f"{what}: {error}") from None
