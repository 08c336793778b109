"""What is removed, and that nothing else is: whoever pushes or promotes at any moment."""

import hashlib
import json
import threading
from collections import Counter
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count, takewhile

import pytest

from registry import aliases, claims, garbage, multipart, objects, promotion, sweeps, versions
from registry.errors import RecordError, RegistryError, SweepError, URIError, VersionError
from registry.promotion import promote
from registry.pull import pull
from registry.push import push
from registry.retention import KEEP_ALL, Retention
from registry.store import Store
from registry.uri import parse_s3

# The store's clock tells whole seconds, so what was just written may seem to be of the future.
NO_GRACE = timedelta(seconds=-60)
NONE = Retention(versions=0)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def kept(store, uri):
    below = uri.key("blobs", "sha256", "")
    return {key.removeprefix(below) for key in store.keys(below)}


@pytest.fixture
def forget(store):
    """Return a function that makes a version's content garbage."""
    return lambda uri, version: objects.delete(store, versions.key(uri, version))


@pytest.fixture
def act_at(on_event):
    """Return a function that does something once, before so many more requests; and tells if so."""
    state = {"left": None}
    lock = threading.Lock()

    def before(**_):
        with lock:
            if state["left"] is None:
                return
            state["left"] -= 1
            if state["left"] >= 0:
                return
            state["left"], act = None, state["act"]
        act()

    def arm(number, act):
        state.update(left=number, act=act)

    on_event("before-send.s3", before)
    arm.done = lambda: state["left"] is None
    return arm


def violations(store, uri):
    """Count what is wrong: versions and aliases' targets that could not be pulled."""
    found = 0
    for version in versions.names(store, uri):
        try:
            versions.require_complete(store, uri, versions.read(store, uri, version))
        except RegistryError:
            found += 1
    named = [aliases.read(store, uri.at_alias(name)).target for name in aliases.names(store, uri)]
    return found + sum(versions.find(store, uri, version) is None for version in named)


def test_content_that_no_version_needs_is_removed(store, uri, model, make_artifact, forget):
    push(make_artifact("one", a=b"same", b=b"old"), f"{model}:v1", bento=False)
    record = push(make_artifact("two", a=b"same", b=b"new"), f"{model}:v2", bento=False)
    forget(uri, "v1")

    planned = garbage.find(model, grace=NO_GRACE)
    assert sha256(b"old") in kept(store, uri)
    gone = garbage.remove(model, grace=NO_GRACE)

    assert planned.summary() == gone.summary()
    assert sha256(b"old") in gone.summary()["blobs"]
    assert len(gone.blobs) == 2  # and the manifest
    assert kept(store, uri) == {blob["sha256"] for blob in record.blobs.values()}
    assert gone.kept == {"v2": "all versions are kept"}
    assert pull(f"{model}:v2").version == "v2"


def test_what_is_young_stays(store, uri, model, artifact, forget):
    push(artifact, f"{model}:v1", bento=False)
    forget(uri, "v1")

    assert len(garbage.remove(model)) == 0
    assert len(garbage.remove(model, grace=timedelta(hours=1))) == 0
    assert len(kept(store, uri)) == 3


def test_versions_are_removed_only_if_asked_and_never_what_an_alias_names(
    store, uri, model, make_artifact
):
    for version in ("v1", "v2", "v3"):
        push(make_artifact(version, a=version.encode()), f"{model}:{version}", bento=False)
    promote(f"{model}@prod", "v1", why="-")
    assert len(garbage.remove(model, grace=NO_GRACE)) == 0

    gone = garbage.remove(model, NONE, NO_GRACE)

    assert versions.names(store, uri) == ["v1"]
    assert [record.version for record in gone.versions] == ["v2", "v3"]
    assert gone.kept == {"v1": "named by prod"}
    assert sha256(b"v1") in kept(store, uri)
    assert sha256(b"v2") not in kept(store, uri)
    assert pull(f"{model}@prod").version == "v1"


def test_the_name_of_a_removed_version_is_not_used_again(store, uri, model, make_artifact):
    one, two = make_artifact("one", a=b"1"), make_artifact("two", a=b"2")
    push(one, f"{model}:v1", bento=False)
    garbage.remove(model, NONE, NO_GRACE)

    with pytest.raises(VersionError, match=r"there is no version 'v1' .* since .* removed it at"):
        versions.read(store, uri, "v1")
    with pytest.raises(VersionError, match=r"was removed by .* choose another"):
        push(two, f"{model}:v1", bento=False)
    assert versions.names(store, uri) == []

    push(one, f"{model}:v1", bento=False)  # the same model may come back
    assert pull(f"{model}:v1").version == "v1"


def test_only_contents_are_taken_for_contents(store, uri, model):
    for name in ("notes.txt", "0" * 63, f"sub/{'0' * 64}"):
        store.write(uri.key("blobs", "sha256", name), b"-")

    assert len(garbage.remove(model, grace=NO_GRACE)) == 0


def test_uploads_that_were_never_completed_are_taken_back(store, uri, model):
    key = uri.key("blobs", "sha256", "0" * 64)
    begun = store.client.create_multipart_upload(Bucket=uri.bucket, Key=key)["UploadId"]
    store.client.upload_part(
        Bucket=uri.bucket, Key=key, UploadId=begun, PartNumber=1, Body=b"a part"
    )
    assert len(garbage.remove(model)) == 0

    gone = garbage.remove(model, grace=NO_GRACE)

    assert [upload.id for upload in gone.uploads] == [begun]
    assert list(multipart.unfinished(store, key)) == []


def test_claims_keep_contents_versions_and_uploads(store, uri, model, artifact, forget):
    record = push(artifact, f"{model}:v1", bento=False)
    push(artifact, f"{model}:v2", bento=False)
    forget(uri, "v1")
    contents = [blob["sha256"] for blob in record.blobs.values()]
    key = uri.key("blobs", "sha256", "0" * 64)
    store.client.create_multipart_upload(Bucket=uri.bucket, Key=key)

    with claims.claim(store, uri, "v2", [*contents, "0" * 64]):
        gone = garbage.remove(model, NONE, NO_GRACE)
        assert len(gone) == 0
        assert gone.kept == {"v2": "being pushed or promoted"}

    assert len(garbage.remove(model, NONE, NO_GRACE)) == 1 + 3 + 1


def test_a_claim_that_nobody_took_back_ends(store, uri, model, monkeypatch):
    key = f"{claims.folder(uri)}{'0' * 32}.json"
    store.write(key, claims.Claim("v1", ["0" * 64], "ana@host", "-").to_bytes())
    store.write(uri.key("blobs", "sha256", "0" * 64), b"-")
    assert len(garbage.remove(model, grace=NO_GRACE)) == 0
    monkeypatch.setattr(claims, "LIFETIME", NO_GRACE)

    gone = garbage.remove(model, grace=NO_GRACE)

    assert gone.summary()["claims"] == 1
    assert gone.summary()["blobs"] == ["0" * 64]
    assert list(store.keys(claims.folder(uri))) == []


@pytest.mark.parametrize("damage", ["version", "history", "gap", "claim"])
def test_if_it_cannot_be_told_what_is_needed_nothing_is_removed(
    store, uri, model, artifact, damage
):
    for version in ("v1", "v2"):
        push(artifact, f"{model}:{version}", bento=False)
        promote(f"{model}@prod", version, why="-")
    history = aliases.generations(store, uri.at_alias("prod"))
    store.write(uri.key("blobs", "sha256", "0" * 64), b"-")
    if damage == "gap":
        objects.delete(store, history.key(1))
    else:
        keys = {"version": versions.key(uri, "v1"), "history": history.key(1)}
        store.write(keys.get(damage, f"{claims.folder(uri)}x.json"), b"half")

    with pytest.raises(RecordError):
        garbage.remove(model, NONE, NO_GRACE)

    assert "0" * 64 in kept(store, uri)
    assert sweeps.generations(store, uri).numbers() == [1, 2]  # nobody has to wait


@pytest.mark.parametrize("which", [":v1", "@prod"])
def test_only_whole_models_are_swept(model, which):
    with pytest.raises(URIError, match="give s3://BUCKET/PREFIX/NAME"):
        garbage.find(model + which)


def test_one_sweep_at_a_time(store, uri, model):
    begun = sweeps.begin(store, uri)

    with pytest.raises(SweepError, match=f"by {begun.who} is under way"):
        garbage.remove(model)


def test_a_sweep_that_takes_too_long_leaves_the_rest_to_the_next(
    store, uri, model, make_artifact, monkeypatch
):
    push(make_artifact(a=b"1"), f"{model}:v1", bento=False)
    monkeypatch.setattr(sweeps, "SECONDS", -1)

    assert len(garbage.remove(model, NONE, NO_GRACE)) == 0
    monkeypatch.undo()
    assert versions.names(store, uri) == ["v1"]


def test_what_was_removed_is_on_record(store, uri, model, artifact):
    push(artifact, f"{model}:v1", bento=False)
    gone = garbage.remove(model, NONE, NO_GRACE)

    record = json.loads(sweeps.generations(store, uri).read(2))

    assert record["removed"] == gone.summary()
    assert record["removed"]["versions"] == ["v1"]
    assert len(record["removed"]["blobs"]) == 3


def test_progress_is_told_up_to_the_whole(model, artifact):
    push(artifact, f"{model}:v1", bento=False)
    told = []

    gone = garbage.remove(model, NONE, NO_GRACE, lambda *step: told.append(step))

    assert told == [(1, len(gone))] * 4


def test_a_sweep_at_any_moment_of_a_push_leaves_it_whole(environment, uri, model, artifact, act_at):
    """The push finds all contents there, and nothing but its claim refers to them."""
    store = Store.open(uri.bucket)
    found = checked = 0
    for moment in count():
        fresh = with_garbage(store, f"{model}-{moment}", artifact)
        act_at(moment, partial(garbage.remove, str(fresh), grace=NO_GRACE))
        push(artifact, f"{fresh}:new", bento=False)
        if not act_at.done():
            break
        found += violations(store, fresh) + (versions.names(store, fresh) != ["new"])
        checked += 1
    print(f"sweeps at moments of a push: {moment}, states checked: {checked}, violations: {found}")
    assert checked > 8
    assert found == 0


def with_garbage(store, model, artifact):
    """Leave contents that no version refers to."""
    fresh = parse_s3(model)
    push(artifact, f"{fresh}:old", bento=False)
    objects.delete(store, versions.key(fresh, "old"))
    return fresh


def test_without_claims_there_are_moments_that_lose_content(
    environment, uri, model, artifact, act_at, monkeypatch
):
    """So the test before this one can fail."""
    store = Store.open(uri.bucket)
    push(artifact, f"{model}:old", bento=False)
    objects.delete(store, versions.key(uri, "old"))
    create = versions.create

    def sweep_first(*arguments):
        for key in store.keys(claims.folder(uri)):
            objects.delete(store, key)
        garbage.remove(model, NONE, NO_GRACE)
        return create(*arguments)

    monkeypatch.setattr(versions, "create", sweep_first)
    push(artifact, f"{model}:new", bento=False)

    assert violations(store, uri) == 1


def finished_or_waiting(pool, act):
    """Begin something, and go on when it is done, or has had the time to wait for a sweep."""

    def begin():
        begin.future = pool.submit(act)
        wait([begin.future], timeout=0.3)

    return begin


def test_a_push_at_any_moment_of_a_sweep_is_whole(
    environment, uri, model, artifact, act_at, monkeypatch
):
    """The sweep is about to remove the very contents that the push relies on."""
    monkeypatch.setattr(sweeps, "_PAUSE_SECONDS", 0.02)
    store = Store.open(uri.bucket)
    found = checked = 0
    with ThreadPoolExecutor() as pool:
        for moment in count():
            fresh = with_garbage(store, f"{model}-{moment}", artifact)
            begin = finished_or_waiting(
                pool, lambda fresh=fresh: push(artifact, f"{fresh}:new", bento=False)
            )
            act_at(moment, begin)
            garbage.remove(str(fresh), grace=NO_GRACE)
            if not act_at.done():
                break
            begin.future.result(60)
            found += violations(store, fresh) + (versions.names(store, fresh) != ["new"])
            checked += 1
    print(f"pushes at moments of a sweep: {moment}, states checked: {checked}, violations: {found}")
    assert checked > 8
    assert found == 0


def try_to_promote(uri):
    try:
        promote(f"{uri}@prod", "v1", why="race")
    except VersionError:  # it was removed before
        return False
    return True


@pytest.mark.parametrize("first", ["promotion", "sweep"])
def test_a_promotion_and_a_sweep_at_any_moment_of_each_other(
    environment, uri, model, artifact, act_at, monkeypatch, first
):
    """The sweep gives up the very version that is promoted: one of the two gives way."""
    monkeypatch.setattr(sweeps, "_PAUSE_SECONDS", 0.02)
    store = Store.open(uri.bucket)
    found = checked = 0
    outcomes = set()
    with ThreadPoolExecutor() as pool:
        for moment in count():
            fresh = parse_s3(f"{model}-{moment}")
            push(artifact, f"{fresh}:v1", bento=False)
            actions = [partial(try_to_promote, fresh), partial(remove_all, fresh)]
            begin = finished_or_waiting(pool, actions[first == "promotion"])
            act_at(moment, begin)
            told = actions[first == "sweep"]()
            if not act_at.done():
                break
            promoted = told if first == "promotion" else begin.future.result(60)
            begin.future.result(60)
            outcomes.add(promoted)
            found += violations(store, fresh)
            found += promoted != (versions.names(store, fresh) == ["v1"])
            checked += 1
    print(f"{first} interrupted: {moment} times, states checked: {checked}, violations: {found}")
    assert checked > 8
    assert found == 0
    assert outcomes == {True, False}


@pytest.mark.parametrize("what", ["push", "promotion"])
def test_what_was_begun_before_a_sweep_may_end_at_any_moment_of_it(
    environment, uri, model, artifact, act_at, monkeypatch, what
):
    """It has found all that it needs, and waits before its record until the sweep is so far."""
    store = Store.open(uri.bucket)
    found = checked = 0
    found_all, go_on = threading.Event(), threading.Event()
    module, name = (versions, "create") if what == "push" else (promotion, "_create_next")
    write = getattr(module, name)

    def wait_before(*arguments):
        found_all.set()
        assert go_on.wait(60)
        return write(*arguments)

    with ThreadPoolExecutor() as pool:
        for moment in count():
            fresh = with_garbage(store, f"{model}-{moment}", artifact)
            act = partial(push, artifact, f"{fresh}:v1", bento=False)
            if what == "promotion":
                act()
                act = partial(try_to_promote, fresh)
            found_all.clear()
            go_on.clear()
            with monkeypatch.context() as patch:
                patch.setattr(module, name, wait_before)
                begun = pool.submit(act)
                assert found_all.wait(60)
            act_at(moment, lambda begun=begun: (go_on.set(), begun.result(60)))
            garbage.remove(str(fresh), NONE if what == "promotion" else KEEP_ALL, NO_GRACE)
            ended = act_at.done()
            act_at(None, None)
            go_on.set()
            begun.result(60)
            if not ended:
                break
            found += violations(store, fresh) + (versions.names(store, fresh) != ["v1"])
            checked += 1
    print(f"{what} ended at moments: {moment}, states checked: {checked}, violations: {found}")
    assert checked > 8
    assert found == 0


def remove_all(uri):
    return garbage.remove(str(uri), NONE, NO_GRACE)


def test_a_sweep_cut_off_anywhere_leaves_no_version_in_part_and_the_next_one_finishes(
    environment, uri, model, make_artifact, cut_after, monkeypatch
):
    monkeypatch.setattr(sweeps, "_DEAD_AFTER_SECONDS", -1)
    store = Store.open(uri.bucket)
    folders = [make_artifact(f"m{n}", a=str(n).encode(), b=b"shared") for n in range(3)]
    found = checked = 0
    for moment in count():
        fresh = parse_s3(f"{model}-{moment}")
        for number, folder in enumerate(folders):
            push(folder, f"{fresh}:v{number}", bento=False)
        promote(f"{fresh}@prod", "v0", why="-")
        cut_after(moment)
        try:
            remove_all(fresh)
            break
        except RuntimeError:
            cut_after(None)
        found += violations(store, fresh)
        remove_all(fresh)
        found += versions.names(store, fresh) != ["v0"] or len(kept(store, fresh)) != 3
        found += violations(store, fresh)
        checked += 1
    print(f"faults injected: {checked}, states checked: {2 * checked}, violations: {found}")
    assert checked > 12
    assert found == 0


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
                versions.require_complete(self._store, self._uri, record)
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

    with ThreadPoolExecutor() as pool:
        running = [pool.submit(crowd.write, writer) for writer in range(writers)]
        running += [pool.submit(crowd.sweep), pool.submit(crowd.read)]
        wait(running, timeout=seconds, return_when=FIRST_EXCEPTION)
        crowd.stop.set()
        for future in running:
            future.result(120)
    crowd.counts["violations"] += violations(store, uri)
    print(", ".join(f"{name}: {number}" for name, number in sorted(crowd.counts.items())))
    assert crowd.counts["violations"] == 0
    assert min(crowd.counts[did] for did in ("pushes", "promotions", "sweeps")) > 1
    assert crowd.counts["states checked"] > 10
