"""Where a model comes from: what its manifest says of data, code, configuration and libraries."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.config import Config
    from training.estimators import AnyEstimator
    from training.prepared import Prepared

_LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "torch")
_LEARNING = ("recommender", "spotlight", "training/estimators")
_ROOT = Path(__file__).resolve().parent.parent


def lineage(
    config: Config,
    estimator: AnyEstimator,
    prepared: Prepared,
    *,
    parts: Sequence[str],
    seed: int,
    device: str,
) -> dict[str, Any]:
    """Return what decides a model, as plain values; parameters with their defaults.

    The only time is that of the data: ``until``, the day of the last purchase learned from, where
    the purchases have times.
    """
    until = prepared.until(*parts)
    data = {"digest": prepared.digest, "parts": list(parts)} | ({"until": until} if until else {})
    model = {"estimator": estimator.name, "parameters": asdict(estimator)}
    return {
        "code": code(),
        "config": config.as_dict() | {"model": model},
        "data": data,
        "device": device,
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
        "seed": seed,
    }


def code() -> dict[str, Any]:
    """Return the commit of this checkout and whether anything is changed; None where unknown."""
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return {"commit": commit, "changed": None if changes is None else bool(changes)}


def _git(*arguments: str) -> str | None:
    """Return what git says of this checkout, or None where there is no git or no checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def source_digest() -> str:
    """Return the SHA-256 of the source that decides what is learned and measured, in hex."""
    sources = hashlib.sha256()
    for folder in _LEARNING:
        for path in sorted((_ROOT / folder).rglob("*.py")):
            sources.update(path.read_bytes())
    return sources.hexdigest()
