"""Where downloads and built programs are kept: outside the checkout, shared by every checkout."""

import os
from pathlib import Path


def folder(name: str) -> Path:
    """Return the folder `name` in this project's part of the user's cache, made if missing."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = root / "estante" / name
    path.mkdir(parents=True, exist_ok=True)
    return path
