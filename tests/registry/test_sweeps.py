import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry import clients, records, sweeps
from registry.errors import SweepError


def test_a_sweep_begins_and_ends(store, uri):
    begun = sweeps.begin(store, uri)
    sweeps.end(store, uri, begun, {"blobs": ["a"]})
    again = sweeps.begin(store, uri)

    assert (begun.number, begun.state, again.number) == (1, "begun", 3)
    kept = sweeps.generations(store, uri)
    assert kept.numbers() == [1, 2, 3]
    assert (kept.read(2).state, kept.read(2).removed) == ("ended", {"blobs": ["a"]})


def test_of_those_who_begin_at_once_one_does(store, uri):
    def begin(_):
        try:
            return sweeps.begin(store, uri)
        except SweepError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(begin, range(8)))

    (begun,) = [one for one in told if isinstance(one, sweeps.Sweep)]
    told.remove(begun)
    expected = f"a gc of s3://{uri.bucket}/{uri.key()} by {begun.who} is under way since"
    assert all(expected in one for one in told)


def test_nobody_waits_if_none_is_under_way(store, uri):
    sweeps.wait_until_none(store, uri)
    sweeps.end(store, uri, sweeps.begin(store, uri), {})
    sweeps.wait_until_none(store, uri)


def test_who_waits_is_told_for_whom_and_goes_on_at_the_end(store, uri, caplog):
    begun = sweeps.begin(store, uri)
    with ThreadPoolExecutor() as pool, caplog.at_level(logging.WARNING):
        waiting = pool.submit(sweeps.wait_until_none, store, uri)
        with pytest.raises(TimeoutError):
            waiting.result(1.2)
        sweeps.end(store, uri, begun, {})
        waiting.result(10)

    assert f"by {begun.who} is under way since {begun.when}" in caplog.text
    assert caplog.text.count("waiting until it ends") == 1


def test_one_that_died_stops_nobody_after_a_while(store, uri, monkeypatch):
    died = sweeps.begin(store, uri)
    with pytest.raises(SweepError):
        sweeps.begin(store, uri)
    monkeypatch.setattr(sweeps, "_DEAD_AFTER_SECONDS", -1)

    sweeps.wait_until_none(store, uri)
    begun = sweeps.begin(store, uri)

    assert begun.number == 3
    assert b'"given up"' in sweeps.generations(store, uri).read_bytes(2)
    sweeps.end(store, uri, died, {})  # it lives after all, and changes nothing
    assert b'"given up"' in sweeps.generations(store, uri).read_bytes(2)


def test_waiting_has_an_end(store, uri, monkeypatch):
    begun = sweeps.begin(store, uri)
    monkeypatch.setattr(sweeps, "_DEAD_AFTER_SECONDS", 0.3)
    monkeypatch.setattr(sweeps, "_is_dead", lambda *_: False)

    with pytest.raises(SweepError, match=f"by {begun.who} is under way"):
        sweeps.wait_until_none(store, uri)


def test_records_say_who_and_when(store, uri):
    before = records.now()
    sweeps.begin(store, uri)

    record = json.loads(sweeps.generations(store, uri).read_bytes(1))
    assert record["who"] == records.whoami()
    assert before <= record["when"] <= records.now()


def test_a_stopwatch_counts_what_any_clock_counts(monkeypatch):
    watch = sweeps.Stopwatch()
    assert 0 <= watch.seconds() < 1

    monkeypatch.setattr("time.time", lambda: watch._wall + 60)  # suspended for a minute
    assert watch.seconds() == 60
    monkeypatch.setattr("time.time", lambda: watch._wall - 60)  # set back
    monkeypatch.setattr("time.monotonic", lambda: watch._monotonic + 2)
    assert watch.seconds() == 2


def test_no_removal_is_under_way_when_a_sweep_counts_as_dead():
    """A removal is one request, begun in time, of so many attempts, each of which ends."""
    attempts = clients.CONFIG.retries["total_max_attempts"]
    seconds = attempts * (clients.CONFIG.connect_timeout + clients.CONFIG.read_timeout)
    pauses = sum(2**attempt for attempt in range(attempts - 1))  # at most, of the standard mode
    assert sweeps.SECONDS + seconds + pauses < sweeps._DEAD_AFTER_SECONDS
