import subprocess
import sys

import pytest

from serving import devices
from serving.errors import DeviceError


def test_the_cpu_can_always_be_had():
    assert devices.resolve("cpu") == "cpu"


def test_torch_is_not_imported_where_there_is_no_driver():
    code = (
        "import sys; from serving import devices; devices._has_driver = lambda: False; "
        "print(devices.resolve('auto'), devices.resolve('cpu'), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["cpu", "cpu", "False"]


@pytest.mark.parametrize(
    ("driver", "sees", "device"),
    [(True, True, "cuda"), (True, False, "cpu"), (False, True, "cpu")],
)
def test_auto_takes_cuda_where_driver_and_torch_see_it(monkeypatch, driver, sees, device):
    monkeypatch.setattr(devices, "_has_driver", lambda: driver)
    monkeypatch.setattr(devices, "_torch_sees_cuda", lambda: sees)

    assert devices.resolve("auto") == device


def test_cuda_is_given_or_refused(monkeypatch):
    monkeypatch.setattr(devices, "_torch_sees_cuda", lambda: True)
    assert devices.resolve("cuda") == "cuda"
    monkeypatch.setattr(devices, "_torch_sees_cuda", lambda: False)
    with pytest.raises(DeviceError, match=r"ESTANTE_DEVICE is 'cuda'.*set ESTANTE_DEVICE to auto"):
        devices.resolve("cuda")


@pytest.mark.gpu
def test_a_gpu_is_found():
    assert devices.resolve("auto") == "cuda"
