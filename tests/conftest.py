"""Real object stores, started once and shared by every test of a run."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import object_store as stores
from local.errors import BuildError
from local.object_store import RunningStore


def pytest_configure() -> None:
    """Let the programs that tests start be interrupted, even if this one ignores it.

    A shell starts what it puts in the background so that Ctrl-C does not reach it, and every
    program started from there inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def bentoml_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give BentoML, which looks once a process, a store of the tests' own."""
    home = tmp_path_factory.mktemp("bentoml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        patch.setenv("BENTOML_DO_NOT_TRACK", "True")
        yield home


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a SeaweedFS server."""
    with stores.started("seaweedfs", tmp_path_factory.mktemp("seaweedfs")) as store:
        yield store


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a MinIO server, built first if need be (ESTANTE_REQUIRE_MINIO=1: or fail)."""
    try:
        with stores.started("minio", tmp_path_factory.mktemp("minio")) as store:
            yield store
    except BuildError as error:
        if os.environ.get("ESTANTE_REQUIRE_MINIO") == "1":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session", params=["seaweedfs", "minio"])
def object_store(request: pytest.FixtureRequest) -> RunningStore:
    """Run a test once with each object store."""
    store: RunningStore = request.getfixturevalue(request.param)
    return store


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a GPU test where there is no GPU; torch takes seconds to import, so only then."""
    if item.get_closest_marker("gpu"):
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
