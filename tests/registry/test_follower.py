import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from registry import aliases, follower
from registry.errors import RegistryError
from registry.promotion import promote
from registry.push import push


@pytest.fixture
def alias(uri):
    return uri.at_alias("prod")


@pytest.fixture
def versions(model, artifact):
    for version in ("v1", "v2"):
        push(artifact, f"{model}:{version}", bento=False)


def test_a_promotion_is_seen_within_a_second(versions, store, alias):
    promote(str(alias), "v1", why="the first")

    def follow():
        return follower.wait(store, alias, 1, Event()), time.monotonic()

    with ThreadPoolExecutor() as pool:
        seen = pool.submit(follow)
        time.sleep(0.7)  # it looked more than once by now
        begun = time.monotonic()
        promoted = promote(str(alias), "v2", why="better")
        found, when = seen.result(10)

    assert found == promoted
    assert when - begun < 1


def test_who_was_away_gets_the_newest_and_asks_once_if_there_is_none(versions, store, alias):
    assert aliases.newer(store, alias, 0) is None
    promote(str(alias), "v1", why="the first")
    promote(str(alias), "v2", why="better")
    last = promote(str(alias), "v1", why="worse")

    for known in (0, 1, 2):
        assert follower.wait(store, alias, known, Event()) == last
    assert aliases.newer(store, alias, 3) is None


def test_waiting_ends_when_told(store, alias, monkeypatch):
    monkeypatch.setenv("ESTANTE_POLL_SECONDS", "60")
    stop = Event()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(follower.wait, store, alias, 0, stop)
        time.sleep(0.2)
        assert not waiting.done()
        stop.set()
        assert waiting.result(5) is None


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_pause_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("ESTANTE_POLL_SECONDS", text)

    with pytest.raises(RegistryError, match=f"ESTANTE_POLL_SECONDS is '{text}'; it must be"):
        follower.poll_seconds()


def test_the_pause_is_half_a_second_unless_said(monkeypatch):
    monkeypatch.delenv("ESTANTE_POLL_SECONDS", raising=False)
    assert follower.poll_seconds() == 0.5
    monkeypatch.setenv("ESTANTE_POLL_SECONDS", "2")
    assert follower.poll_seconds() == 2
