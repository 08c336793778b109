"""What is tried of each peer: some points of a grid, drawn once; validation decides."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

Options = dict[str, Any]

_LEARNED = [16, 32, 64, 128]
_VALUES = ["ones", "log", "counts"]
GRIDS: dict[str, dict[str, list[Any]]] = {
    "implicit ALS": {
        "factors": [32, 64, 128],
        "regularization": [1.0, 10.0, 30.0, 100.0],
        "alpha": [1.0, 5.0, 20.0],
        "values": _VALUES,
        "iterations": [15],
    },
    "implicit BPR": {
        "factors": _LEARNED,
        "learning_rate": [0.01, 0.03, 0.1],
        "regularization": [0.003, 0.01, 0.03, 0.1],
        "iterations": [30, 100],
    },
    "implicit BM25": {
        "K": [30, 100, 300],
        "K1": [0.2, 1.2, 5.0],
        "B": [0.0, 0.3, 0.75],
        "values": _VALUES,
    },
    "LightFM WARP": {
        "no_components": _LEARNED,
        "learning_rate": [0.02, 0.05],
        "item_alpha": [0.0, 1e-6, 1e-5, 1e-4],
        "user_alpha": [0.0, 1e-6, 1e-5, 1e-4],
        "epochs": [10, 30],
    },
    "LensKit EASE": {"regularization": [30.0, 100.0, 300.0, 1000.0, 3000.0]},
    "LensKit ItemKNN": {"max_nbrs": [20, 100, 500]},
}
_DRAWN = 12  # points of a grid
# The scales of ALS depend on each other; the two that sample pairs take ten times as long.
_DRAWN_OF = {"implicit ALS": 24, "implicit BPR": 6, "LightFM WARP": 8}
_DRAWN_QUICKLY = 2


def options_of(peer: str, *, quick: bool = False) -> list[Options]:
    """Return some distinct points of a peer's grid, the same at every call."""
    grid = GRIDS[peer]
    points = [dict(zip(grid, each, strict=True)) for each in itertools.product(*grid.values())]
    n = _DRAWN_QUICKLY if quick else _DRAWN_OF.get(peer, _DRAWN)
    drawn = np.random.default_rng(0).permutation(len(points))[:n]
    return [points[i] for i in sorted(drawn)]


def described(peer: str, *, quick: bool = False) -> str:
    """Say what is tried of a peer."""
    grid = ", ".join(f"{name} {values}" for name, values in GRIDS[peer].items())
    return f"{peer}: {len(options_of(peer, quick=quick))} points of {grid}"
