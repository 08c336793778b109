"""A real object store behind a proxy that breaks things, and processes that can be killed."""

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest

from recommender.manifest import FileEntry
from registry import cache, clients, multipart, pieces, versions
from registry import upload as uploads
from registry.pull import pull
from registry.uri import parse_s3
from tests.registry.faults.proxy import Proxy

PART_BYTES = 5 << 20  # the smallest that servers take
PIECE_BYTES = 1 << 20


@pytest.fixture
def proxy(bucket, environment):
    with Proxy(bucket.endpoint) as proxy:
        yield proxy


@pytest.fixture
def through(proxy):
    """Return a context in which this process uses the store through the proxy."""

    @contextmanager
    def through():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
            yield

    return through


@pytest.fixture
def impatient(monkeypatch):
    """Let one broken connection be enough for a request to fail."""
    config = clients.CONFIG.merge(clients.Config(retries={"total_max_attempts": 1}))
    monkeypatch.setattr(clients, "CONFIG", config)
    monkeypatch.setattr(clients, "make", lru_cache(clients.make.__wrapped__))


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(multipart, "PART_BYTES", PART_BYTES)
    monkeypatch.setattr(uploads, "PART_BYTES", PART_BYTES)
    monkeypatch.setattr(pieces, "PIECE_BYTES", PIECE_BYTES)


@pytest.fixture
def uris():
    """Name models that nobody else uses."""
    return (parse_s3(f"s3://shelf/models/m{uuid.uuid4().hex[:12]}") for _ in itertools.count())


@pytest.fixture
def in_parts(make_artifact):
    """A model of a small file, and of one that goes in two parts."""
    return make_artifact("in-parts", small=b"small file", large=os.urandom(PART_BYTES + 1000))


@pytest.fixture
def faults_in_bucket(store):
    """Return a function that says what is wrong with a model in the bucket, read directly."""

    def faults(uri, version="v1"):
        blobs, found = uri.key("blobs", "sha256", ""), []
        hashes = {}
        for key in store.keys(uri.key("")):
            content = store.read(key)
            if key.startswith(blobs):
                hashes[key.removeprefix(blobs)] = len(content)
                if hashlib.sha256(content).hexdigest() != key.removeprefix(blobs):
                    found.append(f"{key} is not what its name says")
            elif key != versions.key(uri, version) and not key.startswith(uri.key("claims", "")):
                found.append(f"{key} does not belong there")
        record = versions.find(store, uri, version)
        for name, blob in record.blobs.items() if record else ():
            if hashes.get(blob["sha256"]) != blob["size"]:
                found.append(f"the version is visible, and {name} is not there")
        return found

    return faults


@pytest.fixture
def check_second_push(store, tmp_path, faults_in_bucket):
    """Return a function that pushes again, undisturbed, and checks that all is well then.

    A request that was under way at a kill may be done after the second push (``late``): what it
    began is for a third to take back.
    """

    def check(tally, when, push, uri, folder, *, late=False):
        found = faults_in_bucket(uri)
        tally.check(when, holds=not found, what=f"{found} after the fault")
        push()
        found = faults_in_bucket(uri)
        whole = pull(str(uri.at_version("v1")), tmp_path / "checked").folder
        same = all(
            (whole / path.name).read_bytes() == path.read_bytes() for path in folder.iterdir()
        )
        tally.check(when, holds=same and not found, what=f"{found} after a second push")
        left = list(multipart.unfinished(store, uri.key("")))
        if late and left:
            push()
            left = list(multipart.unfinished(store, uri.key("")))
        tally.check(when, holds=not left, what=f"{left} are left of uploads in parts")

    return check


@pytest.fixture
def faults_in_cache():
    """Return a function that says what is wrong with what a cache shows."""

    def faults(folder):
        models = [path.name for path in (folder / "models").glob("*")]
        found = [name for name in models if not cache.holds_model(folder, f"sha256:{name}")]
        blobs = (folder / "blobs").glob("*")
        return found + [path.name for path in blobs if FileEntry.of(path).sha256 != path.name]

    return faults


class Runner:
    """Runs commands of the registry in processes that can be killed, one at a time.

    Parameters
    ----------
    errors
        The file for what they print as errors.
    """

    def __init__(self, errors):
        self.errors = errors
        with errors.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("forks.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
                text=True,
            )
        assert self._process.stdout.readline() == "ready\n"

    def start(self, *arguments, environment=None):
        """Start a command; return its process id."""
        given = {
            "arguments": [str(argument) for argument in arguments],
            "environment": {**os.environ, **(environment or {})},
            "part_bytes": PART_BYTES,
            "piece_bytes": PIECE_BYTES,
        }
        self._process.stdin.write(json.dumps(given) + "\n")
        self._process.stdin.flush()
        self.pid = int(self._process.stdout.readline())
        return self.pid

    def wait(self):
        """Return the exit code of the command; below 0 for a signal."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self):
        """Kill the command, as kill -9 does; until `wait` it may have ended, but keeps its id."""
        os.kill(self.pid, signal.SIGKILL)

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def runners(tmp_path):
    """Return a function that makes runners; what they started has ended when the test has."""
    made = []

    def make():
        made.append(Runner(tmp_path / f"runner{len(made)}.log"))
        return made[-1]

    yield make
    for runner in made:
        runner.close()


@pytest.fixture
def runner(runners):
    return runners()
