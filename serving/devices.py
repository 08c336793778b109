"""The device on which to score."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from serving.errors import DeviceError


def resolve(wanted: str) -> str:
    """Return the device to score on; torch is imported only where a GPU may be.

    Parameters
    ----------
    wanted
        ``cpu``; ``cuda``; or ``auto``: CUDA where torch is installed and sees a GPU, else the CPU.

    Returns
    -------
    str
        ``cpu`` or ``cuda``.

    Raises
    ------
    DeviceError
        If CUDA is wanted and cannot be had.
    """
    if wanted == "cpu" or (wanted == "auto" and not _has_driver()):
        return "cpu"
    if _torch_sees_cuda():
        return "cuda"
    if wanted == "auto":
        return "cpu"
    raise DeviceError(
        "ESTANTE_DEVICE is 'cuda', and torch is not installed or sees no GPU; "
        "give the container a GPU, or set ESTANTE_DEVICE to auto or cpu"
    )


def _has_driver() -> bool:
    """Say whether an NVIDIA driver shows itself: cheaper than importing torch, which takes 3 s."""
    return Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None


def _torch_sees_cuda() -> bool:
    if find_spec("torch") is None:
        return False
    import torch  # noqa: PLC0415  seconds, and only where there may be a GPU

    return torch.cuda.is_available()
