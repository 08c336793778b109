import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry import claims, objects, sweeps
from registry.claims import Claim
from registry.errors import (
    BrokenError,
    ClaimError,
    DeniedError,
    IntegrityError,
    RecordError,
    SweepError,
    TakenError,
    UnreachableError,
)
from registry.sweeps import Stopwatch


def kept(store, uri):
    return list(store.keys(claims.folder(uri)))


def test_a_claim_is_there_while_it_is_needed(store, uri):
    with claims.claim(store, uri, "v1", ["b" * 64, "a" * 64]):
        (key,) = kept(store, uri)
        record = json.loads(store.read(key))
        assert (record["version"], record["blobs"]) == ("v1", ["a" * 64, "b" * 64])
        assert Claim.from_bytes(store.read(key), "here").version == "v1"

    assert kept(store, uri) == []


@pytest.mark.parametrize("error", [TakenError, IntegrityError, SweepError])
def test_a_claim_is_taken_back_after_what_can_write_nothing_any_more(store, uri, error):
    with pytest.raises(error), claims.claim(store, uri, "v1"):
        raise error

    assert kept(store, uri) == []


@pytest.mark.parametrize("error", [UnreachableError, BrokenError, KeyboardInterrupt, MemoryError])
def test_a_claim_stays_if_what_was_to_be_written_may_arrive_yet(store, uri, error):
    with pytest.raises(error), claims.claim(store, uri, "v1"):
        raise error

    assert len(kept(store, uri)) == 1


def test_who_may_not_delete_leaves_it(store, uri, monkeypatch):
    def deny(*_):
        raise DeniedError

    monkeypatch.setattr(objects, "delete", deny)
    with claims.claim(store, uri, "v1"):
        pass

    assert len(kept(store, uri)) == 1


def test_it_is_written_before_the_end_of_a_sweep_is_awaited(store, uri):
    begun = sweeps.begin(store, uri)

    def claim():
        with claims.claim(store, uri, "v1"):
            return sweeps.generations(store, uri).numbers()

    with ThreadPoolExecutor() as pool:
        claimed = pool.submit(claim)
        with pytest.raises(TimeoutError):
            claimed.result(1.2)
        assert len(kept(store, uri)) == 1
        sweeps.end(store, uri, begun, {})
        assert claimed.result(10) == [1, 2]


def test_who_was_too_slow_is_told_to_do_it_again(store, uri, monkeypatch):
    with claims.claim(store, uri, "v1") as claimed:
        claimed.require()
        monkeypatch.setattr(Stopwatch, "seconds", lambda _: 13 * 3600)
        with pytest.raises(ClaimError, match="this took 13 hours"):
            claimed.require()


def test_a_claim_of_another_form_is_refused():
    with pytest.raises(RecordError, match="here: the field 'version'"):
        Claim.from_bytes(b"{}", "here")
