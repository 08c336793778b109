"""Sweeps beside pushes and promotions, at every moment of each other."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from registry import aliases, claims, garbage, manifests, objects, promotion, sweeps, versions
from registry.errors import RegistryError, VersionError
from registry.promotion import promote
from registry.push import push
from registry.retention import KEEP_ALL, Retention
from registry.store import Store
from registry.uri import parse_s3

# The store's clock tells whole seconds, so what was just written may seem to be of the future.
NO_GRACE = timedelta(seconds=-60)
NONE = Retention(versions=0)


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
            manifests.require_complete(store, uri, versions.read(store, uri, version))
        except RegistryError:
            found += 1
    named = [aliases.read(store, uri.at_alias(name)).target for name in aliases.names(store, uri)]
    return found + sum(versions.find(store, uri, version) is None for version in named)


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
        found += (
            versions.names(store, fresh) != ["v0"]
            or len(list(store.keys(fresh.key("blobs", "")))) != 3
        )
        found += violations(store, fresh)
        checked += 1
    print(f"faults injected: {checked}, states checked: {2 * checked}, violations: {found}")
    assert checked > 12
    assert found == 0
