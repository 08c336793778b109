"""One bucket on each object store, a tiny model, and a network that can fail."""

import hashlib
import threading
import uuid
from functools import cache

import pytest
from botocore.exceptions import ConnectionClosedError

from recommender.manifest import MANIFEST_NAME, FileEntry, Manifest, digest_of
from registry import clients, objects, versions
from registry.commands import main
from registry.store import Store
from registry.uri import parse_s3

BUCKET = "shelf"


@pytest.fixture(scope="session")
def bucket(object_store):
    object_store.create_bucket(BUCKET)
    return object_store


@pytest.fixture
def environment(bucket, monkeypatch, tmp_path):
    """Make this process and its children use the object store and a cache of their own."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def store(environment):
    return Store.open(BUCKET)


@pytest.fixture
def model(environment):
    """Return the name of a model nobody else uses, as text."""
    return f"s3://{BUCKET}/models/m{uuid.uuid4().hex[:12]}"


@pytest.fixture
def uri(model):
    return parse_s3(model)


@pytest.fixture
def make_artifact(tmp_path):
    """Return a function that writes a model of files with the given contents."""

    def make(name="model", lineage=None, metrics=None, **contents):
        folder = tmp_path / name
        folder.mkdir()
        contents = contents or {"a": b"first file", "b": b"second file"}
        files = {}
        for file, content in contents.items():
            (folder / file).write_bytes(content)
            files[file] = FileEntry(len(content), hashlib.sha256(content).hexdigest())
        manifest = Manifest(files, {}, {}, lineage or {}, metrics or {}).to_bytes()
        (folder / MANIFEST_NAME).write_bytes(manifest)
        return folder

    return make


@pytest.fixture
def artifact(make_artifact):
    return make_artifact()


@pytest.fixture
def run(capsys):
    """Return a function that runs a command: exit code, output, error output."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def digest():
    return lambda folder: digest_of((folder / MANIFEST_NAME).read_bytes())


@pytest.fixture
def on_event(monkeypatch):
    """Return a function that lets a handler hear an event of every client made from now on."""

    make, handlers = clients.make.__wrapped__, []

    @cache
    def client(variables, patient):
        made = make(variables, patient)
        for event, handler in handlers:
            made.meta.events.register(event, handler)
        return made

    def listen(event, handler):
        handlers.append((event, handler))
        monkeypatch.setattr(clients, "make", client)

    return listen


@pytest.fixture
def own_clients(monkeypatch):
    """Give each thread a client, and so connections, of its own, as processes have."""
    make, own = clients.make.__wrapped__, threading.local()

    def client(variables, patient):
        if not hasattr(own, "client"):
            own.client = make(variables, patient)
        return own.client

    monkeypatch.setattr(clients, "make", client)


@pytest.fixture
def sent(on_event):
    """List every request that clients made from now on send: ("PUT", "bucket/key")."""
    requests = []

    def note(request, **_):
        requests.append((request.method, request.url.split("/", 3)[3].partition("?")[0]))

    on_event("before-send.s3", note)
    return requests


@pytest.fixture
def cut_after(on_event):
    """Return a function that lets only so many more requests leave; None for any number.

    The next one fails with a RuntimeError, which botocore does not try again.
    """
    left = [None]

    def count(**_):
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                raise RuntimeError("cut off")

    on_event("before-send.s3", count)
    return lambda requests: left.__setitem__(0, requests)


@pytest.fixture
def lose_answers(on_event):
    """Lose the answer to every create-only put: it is there, but the client is not told."""
    last = threading.local()

    def note(request, **_):
        last.creates = "If-None-Match" in request.headers

    def lose(**_):
        if last.creates:
            raise ConnectionClosedError(endpoint_url="http://lost")

    on_event("before-send.s3.PutObject", note)
    on_event("after-call.s3.PutObject", lose)


@pytest.fixture
def one_attempt(monkeypatch):
    """Let clients made from now on try nothing again: SeaweedFS itself does, for seconds."""
    monkeypatch.setattr(clients, "make", clients.make.__wrapped__)
    monkeypatch.setattr(
        clients, "CONFIG", clients.CONFIG.merge(clients.Config(retries={"total_max_attempts": 1}))
    )


@pytest.fixture
def forget(store):
    """Return a function that makes a version's content garbage."""
    return lambda uri, version: objects.delete(store, versions.key(uri, version))


@pytest.fixture
def rot(bucket, tmp_path_factory):
    """Return a function that flips a bit of what the server keeps on its own disk."""

    def rot(content):
        found = 0
        for path in tmp_path_factory.getbasetemp().glob(f"{bucket.kind}*/**/*"):
            at = path.read_bytes().find(content) if path.is_file() else -1
            while at >= 0:
                found += 1
                with path.open("r+b") as file:
                    file.seek(at)
                    file.write(bytes([content[0] ^ 1]))
                at = path.read_bytes().find(content)
        assert found > 0

    return rot
