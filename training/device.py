"""Where to compute."""

from __future__ import annotations

import torch

from training.errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")


def resolve(device: str) -> str:
    """Return ``cpu`` or ``cuda``; ``auto`` is CUDA where there is one.

    Raises
    ------
    ConfigError
        If CUDA is asked for and cannot be used.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device is cuda, and no CUDA device can be used here; give cpu or auto")
    return device
