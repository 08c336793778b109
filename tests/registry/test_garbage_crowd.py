"""Many who push, promote, sweep and read at once, for a while."""

import threading
from collections import Counter
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from itertools import count, takewhile

import pytest

from registry import aliases, garbage, manifests, versions
from registry.errors import RegistryError, VersionError
from registry.promotion import promote
from registry.push import push
from registry.retention import Retention
from registry.verification import verify

# The store's clock tells whole seconds, so what was just written may seem to be of the future.
NO_GRACE = timedelta(seconds=-60)
NONE = Retention(versions=0)


class Crowd:
    """Those who push and promote, sweep and read, until told to stop."""

    def __init__(self, store, uri, folders):
        self._store, self._uri, self._folders = store, uri, folders
        self.stop = threading.Event()
        self.counts = Counter()

    def write(self, writer):
        for number in takewhile(lambda _: not self.stop.is_set(), count()):
            version = f"w{writer}-{number}"
            push(self._folders[number % 3], f"{self._uri}:{version}", bento=False)
            self.counts["pushes"] += 1
            with suppress(VersionError):  # swept between the two
                promote(f"{self._uri}@prod", version, why="race")
                self.counts["promotions"] += 1

    def sweep(self):
        while not self.stop.wait(0.3):
            garbage.remove(str(self._uri), NONE, NO_GRACE)
            self.counts["sweeps"] += 1

    def read(self):
        while not self.stop.is_set():
            target = self._promoted()
            try:
                record = versions.read(self._store, self._uri, target)
                manifests.require_complete(self._store, self._uri, record)
            except RegistryError:  # only what the alias does not name any more
                self.counts["violations"] += self._promoted() == target
            self.counts["states checked"] += 1

    def _promoted(self):
        return aliases.read(self._store, self._uri.at_alias("prod")).target


@pytest.mark.parametrize(
    ("seconds", "writers"), [(4, 3), pytest.param(120, 8, marks=pytest.mark.long)]
)
def test_pushes_promotions_sweeps_and_readers_at_once(
    store, uri, make_artifact, own_clients, seconds, writers
):
    """Few contents, so that everybody relies on what others left and sweeps want to remove."""
    folders = [make_artifact(f"m{n}", a=str(n).encode(), b=b"shared") for n in range(3)]
    push(folders[0], f"{uri}:first", bento=False)
    promote(f"{uri}@prod", "first", why="-")
    crowd = Crowd(store, uri, folders)

    with ThreadPoolExecutor(writers + 2) as pool:
        running = [pool.submit(crowd.write, writer) for writer in range(writers)]
        running += [pool.submit(crowd.sweep), pool.submit(crowd.read)]
        wait(running, timeout=seconds, return_when=FIRST_EXCEPTION)
        crowd.stop.set()
        for future in running:
            future.result(120)
    crowd.counts["violations"] += len(verify(str(uri)).problems)
    print(", ".join(f"{name}: {number}" for name, number in sorted(crowd.counts.items())))
    assert crowd.counts["violations"] == 0
    assert min(crowd.counts[did] for did in ("pushes", "promotions", "sweeps")) > 1
    assert crowd.counts["states checked"] > 10
