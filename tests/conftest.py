"""What all tests share."""

import pytest


def pytest_runtest_setup(item):
    """Skip a GPU test where there is none; importing torch costs seconds, so only then."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
