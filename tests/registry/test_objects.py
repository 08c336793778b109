from datetime import UTC, datetime, timedelta

import pytest

from registry import objects
from registry.errors import AbsentError


def test_objects_are_listed_with_size_and_time(store, uri):
    for name in ("b", "a/deep", "a/x"):
        store.write(uri.key(name), name.encode())

    found = list(objects.listed(store, uri.key("")))

    assert [entry.key for entry in found] == [uri.key(n) for n in ("a/deep", "a/x", "b")]
    assert [(entry.name, entry.size) for entry in found] == [("deep", 6), ("x", 3), ("b", 1)]
    assert all(abs(datetime.now(UTC) - entry.written) < timedelta(minutes=1) for entry in found)
    assert list(objects.listed(store, uri.key("none"))) == []


def test_the_servers_clock_tells_how_old_an_object_is(store, uri):
    store.write(uri.key("a"), b"-")

    written, now = objects.written_and_now(store, uri.key("a"))

    assert timedelta(seconds=-1) <= now - written < timedelta(seconds=30)
    assert written == next(objects.listed(store, uri.key("a"))).written.replace(microsecond=0)
    with pytest.raises(AbsentError):
        objects.written_and_now(store, uri.key("none"))


def test_what_is_deleted_is_gone_and_deleting_it_again_is_no_error(store, uri):
    store.write(uri.key("a"), b"-")

    objects.delete(store, uri.key("a"))
    objects.delete(store, uri.key("a"))

    assert store.size(uri.key("a")) is None
