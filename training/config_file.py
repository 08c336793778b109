"""A configuration from its TOML file and the command line's overrides."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.config import Config, FilesSplit
from training.errors import ConfigError
from training.setting import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OWN_COLUMNS = ("product_id", "name", "category")


def load(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read a TOML file; what it leaves out has defaults, and overrides come last.

    Parameters
    ----------
    path : Path
        The file.
    overrides : sequence of str
        Each ``section.key=value``, the value as in TOML; anything else is taken as text.

    Raises
    ------
    ConfigError
        If the file cannot be read, or a key or value is not allowed.
    """
    tables = read_toml(path)
    for override in overrides:
        _override(tables, override)
    return from_dict(tables, where=str(path), folder=path.parent)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as it is.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give the path of a TOML file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not a readable TOML file: {error}") from error


def from_dict(tables: Mapping[str, Any], *, where: str, folder: Path = Path()) -> Config:
    """Build a configuration from plain values; undoes `Config.as_dict`.

    Parameters
    ----------
    tables : mapping
        As read from TOML.
    where : str
        What to call the configuration in messages.
    folder : Path
        Where relative paths are looked for first.

    Raises
    ------
    ConfigError
        If a key or value is not allowed, or two of them contradict each other.
    """
    config = replace(read_table(Config, tables, where), folder=folder)
    for contradiction in _contradictions(config):
        raise ConfigError(f"{where}: {contradiction}")
    return config


def _override(tables: dict[str, Any], override: str) -> None:
    """Set one key in place."""
    key, equals, text = override.partition("=")
    *sections, last = key.strip().split(".")
    if not equals or not last:
        raise ConfigError(f"override {override!r} is not of the form section.key=value")
    for section in sections:
        tables = tables.setdefault(section, {})
        if not isinstance(tables, dict):
            raise ConfigError(f"override {override!r}: {section} is a value, not a section")
    try:
        tables[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        tables[last] = text.strip()


def _contradictions(config: Config) -> Iterator[str]:
    """Yield what is wrong between settings, each with its remedy."""
    if isinstance(config.split, FilesSplit):
        if config.data is not None:
            yield 'split.kind = "files" reads split.train and split.test; take [data] out'
    elif config.data is None:
        yield 'section [data] is missing; only split.kind = "files" goes without it'
    elif config.split.kind == "time" and config.data.time is None:
        yield 'split.kind = "time" needs data.time; name the column of the time'
    if config.data is not None:
        yield from (
            f"data uses the column {column!r} twice; give each meaning its own column"
            for column, n in Counter(config.data.columns.values()).items()
            if n > 1
        )
    if config.catalogue is None:
        if not config.is_product_level:
            yield (
                f"level = {config.level!r} is a catalogue column, and there is no [catalogue]; "
                'add one, or set level = "product"'
            )
    else:
        yield from (
            f"catalogue.attributes names {column!r}, a column that prepared products always "
            "have; leave it out"
            for column in config.catalogue.attributes
            if column in _OWN_COLUMNS
        )
