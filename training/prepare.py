"""Prepare: from the sources that a configuration names to a prepared folder."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from recommender.atomic_folder import replacing
from training import catalogue, pair_files, prepared, purchases
from training.config import FilesSplit
from training.errors import PreparedError
from training.prepared import Prepared
from training.prepared_tables import Tables, tables_of, usable
from training.sources import SourceFile, local_files
from training.split import TEST, TRAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from training.config import Config

Files = dict[str, list[SourceFile]]
"""By role: "purchases", or "train" and "test"; and perhaps "catalogue"."""


def prepare(config: Config, out: Path, *, force: bool = False) -> Prepared:
    """Prepare a data set, or find that `out` already holds it.

    Parameters
    ----------
    config : Config
        What to prepare; its name and model do not matter.
    out : Path
        The folder, which appears whole or not at all. A prepared folder that is there already
        is kept if it was made from the same inputs and configuration, and replaced if not.
    force : bool
        Replace it in any case.

    Raises
    ------
    DataError
        If the data cannot be used.
    SplitError
        If train, or a test that is asked for, would be empty.
    PreparedError
        If `out` is there and is no prepared folder, or cannot be written.
    """
    _check_replaceable(out)
    with _opened(config) as files:
        inputs = inputs_digest(config, files)
        kept = None if force else _kept(out, inputs)
        if kept is not None:
            return kept
        _say("reading")
        read, known = read_purchases(config, files), read_catalogue(config, files)
        _say(f"{len(read):,} rows read; filtering")
        rows, dropped = usable(read, known, config)
        _say(f"{len(rows):,} rows left; splitting and summing")
        tables, counts = tables_of(rows, known, config)
        counts["rows"] = {"read": len(read), "kept": len(rows), "dropped": dropped}
        _write(out, tables, {"inputs": inputs, "config": config.data_dict(), "counts": counts})
    return Prepared.load(out)


def inputs_digest(config: Config, files: Files) -> str:
    """Hash what a prepared folder depends on: the files' content and the configuration."""
    content = {role: [file.sha256() for file in each] for role, each in files.items()}
    return prepared.digest_of(config.data_dict(), content)


def read_purchases(config: Config, files: Files) -> pd.DataFrame:
    """Read all purchases, with ``part`` (int8): test where a file says so, else train."""
    if config.data is not None:
        return purchases.read(_shown(files["purchases"]), config.data).assign(part=np.int8(TRAIN))
    frames = [
        pair_files.read(_shown(files[role])).assign(part=np.int8(part))
        for role, part in (("train", TRAIN), ("test", TEST))
    ]
    return pd.concat(frames, join="inner", ignore_index=True)


def read_catalogue(config: Config, files: Files) -> pd.DataFrame | None:
    """Read the catalogue if there is one."""
    if config.catalogue is None:
        return None
    return catalogue.read(files["catalogue"], config, config.catalogue)


@contextmanager
def _opened(config: Config) -> Iterator[Files]:
    sources = {}
    if config.data is not None:
        sources["purchases"] = (config.data.source, "transactions")
    if isinstance(config.split, FilesSplit):
        sources["train"] = (config.split.train, "transactions")
        sources["test"] = (config.split.test, "transactions")
    if config.catalogue is not None:
        sources["catalogue"] = (config.catalogue.source, "products")
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(local_files(names, config.folder, demo_table))
            for role, (names, demo_table) in sources.items()
        }


def _shown(files: list[SourceFile]) -> Iterable[SourceFile]:
    return tqdm(files, desc="read", unit=" files", delay=2, leave=False)


def _say(stage: str) -> None:
    tqdm.write(f"prepare: {stage}", file=sys.stderr)


def _write(out: Path, tables: Tables, about: dict[str, Any]) -> None:
    try:
        with replacing(out) as folder:
            prepared.write(folder, tables, about)
    except OSError as error:
        raise PreparedError(f"{out} cannot be written: {error}") from error


def _check_replaceable(out: Path) -> None:
    if not out.exists() or (out / prepared.DESCRIPTION).is_file():
        return
    if not out.is_dir() or any(out.iterdir()):
        raise PreparedError(
            f"{out} is there and is no prepared folder; name a folder that is new or empty"
        )


def _kept(out: Path, inputs: str) -> Prepared | None:
    """Load `out` if it is sound and was made from these inputs."""
    try:
        there = Prepared.load(out)
    except PreparedError:
        return None
    return there if there.inputs == inputs else None
