"""A tuned configuration as a TOML file."""

from __future__ import annotations

import glob
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from training.config_file import read_toml
from training.errors import ConfigError

if TYPE_CHECKING:
    from training.config import Config
    from training.estimators.contract import Parameters

_HEAD = "# Written by python -m training tune; [tuned] says how the parameters were found.\n"
_SOURCES = {"data": ("source",), "catalogue": ("source",), "split": ("train", "test")}


def write(config: Config, out: Path) -> None:
    """Write a configuration as TOML, whole or not at all; relative sources are still found.

    Raises
    ------
    ConfigError
        If something else is there, see :func:`require_writable`.
    """
    require_writable(out)
    text = _HEAD + tomli_w.dumps(_beside(config, out.parent))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as temporary:
        unfinished = Path(temporary) / out.name
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(out)


def require_writable(out: Path) -> None:
    """Raise unless a tuned configuration may be written here: new, or another one.

    Raises
    ------
    ConfigError
        If something else is there.
    """
    if not out.name or (out.exists() and not (out.is_file() and "tuned" in _tables(out))):
        raise ConfigError(f"{out} is there and was not written by tune; name a new file with --out")


def plain_parameters(estimator: Parameters) -> dict[str, Any]:
    """Return all parameters of an estimator as TOML values."""
    return asdict(estimator)


def _tables(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except ConfigError:
        return {}


def _beside(config: Config, folder: Path) -> dict[str, Any]:
    """Return a configuration as TOML values; sources that lie beside it are named from `folder`."""
    plain = _without_empty(config.as_dict())
    plain["model"]["parameters"] = config.model.parameters  # where nothing may mean something
    for section, keys in _SOURCES.items():
        for key in keys:
            sources = plain.get(section, {}).get(key)
            if isinstance(sources, tuple):
                plain[section][key] = [_moved(each, config.folder, folder) for each in sources]
    return plain


def _moved(source: str, old: Path, new: Path) -> str:
    path = old / source
    is_there = bool(glob.glob(str(path), recursive=True))  # noqa: PTH207  absolute patterns
    return os.path.relpath(path, new) if is_there and not Path(source).is_absolute() else source


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without what stands for nothing, which TOML says by leaving it out."""
    return {
        key: _without_empty(value) if isinstance(value, dict) else value
        for key, value in table.items()
        if value is not None and value != ()
    }
