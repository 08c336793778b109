"""The proxy does to requests what it is told to, and nothing else."""

import pytest

from registry.errors import (
    BrokenError,
    CredentialsError,
    IntegrityError,
    StoreError,
    UnreachableError,
)
from registry.store import Store
from tests.registry.faults.proxy import Fault


@pytest.fixture
def proxied(store, through, impatient, uri):
    with through():
        yield Store.open(uri.bucket)


def test_without_faults_everything_passes(proxied, proxy, uri):
    content = bytes(range(256)) * 1000
    proxied.write(uri.key("a"), content)

    assert proxied.read(uri.key("a")) == content
    assert proxied.size(uri.key("a")) == len(content)
    assert list(proxied.keys(uri.key(""))) == [uri.key("a")]
    path = f"/shelf/{uri.key('a')}"
    assert proxy.requests[:3] == [("PUT", path, 0), ("GET", path, len(content)), ("HEAD", path, 0)]
    assert proxy.answered(uri.key("a")) == len(content)
    assert proxy.faults == 0


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        (Fault.CUT_BEFORE, UnreachableError, False),
        (Fault.CUT_WITHIN, UnreachableError, False),
        (Fault.CUT_ANSWER, UnreachableError, True),
        (Fault.FLIP, StoreError, False),
        (Fault.UNAVAILABLE, BrokenError, False),
        (Fault.EXPIRED, CredentialsError, False),
    ],
)
def test_what_a_fault_does_to_a_write(proxied, proxy, store, uri, fault, error, arrives):
    proxy.reset(lambda *_: fault)
    with pytest.raises(error):
        proxied.write(uri.key("a"), b"content")

    assert (store.size(uri.key("a")) is not None) == arrives
    assert proxy.faults == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.CUT_BEFORE, UnreachableError),
        (Fault.CUT_WITHIN, UnreachableError),
        (Fault.CUT_ANSWER, UnreachableError),
        (Fault.CUT_WITHIN_ANSWER, UnreachableError),
        (Fault.FLIP_ANSWER, IntegrityError),
    ],
)
def test_what_a_fault_does_to_a_read(proxied, proxy, store, uri, fault, error):
    store.write(uri.key("a"), b"content")
    proxy.reset(lambda *_: fault)

    with pytest.raises(error):
        proxied.read(uri.key("a"))

    assert proxy.faults == len(proxy.requests) > 0
    proxy.reset()
    assert proxied.read(uri.key("a")) == b"content"
