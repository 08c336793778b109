"""What is served where the store is away, and when that is said to be stale."""

import time

import pytest

from local import ports
from registry.store import Store
from serving import follower as followers
from serving.errors import NotReadyError
from tests.serving.shelf import BUCKET, follow, served, write_model


@pytest.fixture
def away(monkeypatch):
    """Return a function that takes the store away: nothing listens where it was."""
    [port] = ports.free(1)

    def away():
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")

    return away


def test_the_last_good_copy_is_served_where_the_store_is_away(shelf, away, monkeypatch):
    shelf.push("v1", seed=1)
    shelf.push("v2", seed=2)
    shelf.promote("v1")
    follow(shelf.alias)[1].step()
    endpoint = Store.open(BUCKET).endpoint
    shelf.promote("v2")
    away()
    slot, follower = follow(shelf.alias)

    pause = follower.step()

    assert served(slot) == ("v1", True)
    assert slot.current().uri == shelf.alias
    assert "127.0.0.1" in slot.model.unchecked.why
    assert pause <= followers.LOOK_PAUSE_MAX
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    follower.step()
    assert served(slot) == ("v2", False)
    assert slot.model.unchecked is None


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_bad_model_is_no_last_copy(shelf, away, soon):
    """Not even after a restart: what failed its trial is not noted as what the alias means."""
    shelf.push("v1", seed=1)
    shelf.push("v2", seed=2, weight=1e39)
    shelf.promote("v1")
    follow(shelf.alias)[1].step()
    shelf.promote("v2")
    for gone in (False, True):
        if gone:
            away()
        slot, follower = follow(shelf.alias)
        follower.step()
        assert served(slot) == ("v1", True)


def test_the_baked_model_is_served_where_there_is_no_copy(shelf, away, tmp_path):
    digest = write_model(tmp_path / "model", seed=7)
    away()
    slot, follower = follow(shelf.alias, baked=tmp_path / "model")

    follower.step()

    assert slot.current().reference.digest == digest
    assert slot.current().reference.stale


def test_with_nothing_to_serve_it_says_why(shelf, away, soon):
    slot, follower = follow(shelf.alias)
    follower.step()
    with pytest.raises(NotReadyError, match="does not exist at"):
        slot.current()
    away()
    follower.step()
    with pytest.raises(NotReadyError, match=r"cannot be served: .*127\.0\.0\.1"):
        slot.current()


def test_a_damaged_copy_is_not_served(shelf, away, tmp_path):
    shelf.push("v1", seed=1)
    shelf.promote("v1")
    follow(shelf.alias)[1].step()
    away()
    [model] = (tmp_path / "cache" / "models").iterdir()
    history = model / "history.safetensors"
    history.write_bytes(history.read_bytes()[:-1])
    slot, follower = follow(shelf.alias)

    follower.step()

    with pytest.raises(NotReadyError):
        slot.current()


def test_a_version_that_was_fetched_is_never_stale(shelf, away):
    shelf.push("v1", seed=1)
    follow(f"{shelf.name}:v1")[1].step()
    away()
    slot, follower = follow(f"{shelf.name}:v1")

    assert follower.step() is None  # it is not followed either
    assert served(slot) == ("v1", False)


def test_an_answer_is_stale_once_the_store_is_away_for_long(shelf, away, monkeypatch):
    monkeypatch.setattr(followers, "STALE_AFTER_LOOKS", 300)
    shelf.push("v1", seed=1)
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    follower.step()
    endpoint = Store.open(BUCKET).endpoint
    away()
    pauses = [follower.step()]
    assert served(slot) == ("v1", False)
    began = time.monotonic()
    while not slot.current().reference.stale and time.monotonic() < began + 20:
        pauses.append(follower.step())

    assert served(slot) == ("v1", True)
    assert time.monotonic() - began > 1
    assert pauses == sorted(pauses)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    assert follower.step() == 0.01
    assert served(slot) == ("v1", False)
