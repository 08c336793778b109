import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise, repeat
from threading import Barrier

import pytest

from registry import aliases, blobs, promotion
from registry import versions as records
from registry.aliases import Generation
from registry.errors import (
    AliasError,
    IntegrityError,
    OvertakenError,
    UnreachableError,
    URIError,
    VersionError,
)
from registry.promotion import promote, rollback
from registry.push import push


@pytest.fixture
def alias(uri):
    return uri.at_alias("prod")


@pytest.fixture
def versions(model, artifact):
    for version in ("v1", "v2", "v3"):
        push(artifact, f"{model}:{version}", bento=False)


def test_each_promotion_is_a_generation(versions, store, alias, artifact, digest):
    first = promote(str(alias), "v1", why="the first", who="ana@host")
    second = promote(str(alias), "v2", why="it is better", gate={"recall": 0.5})

    assert (first.generation, first.source, first.target) == (1, None, "v1")
    assert (second.generation, second.source, second.target) == (2, "v1", "v2")
    assert (first.who, first.why, first.gate) == ("ana@host", "the first", None)
    assert second.gate == {"recall": 0.5}
    assert second.digest == digest(artifact)
    assert list(aliases.history(store, alias)) == [first, second]
    assert store.read(aliases.pointer_key(alias)) == second.to_bytes()


def test_promoting_what_is_promoted_changes_nothing(versions, store, alias):
    first = promote(str(alias), "v1", why="the first")

    assert promote(str(alias), "v1", why="again") == first
    assert list(aliases.history(store, alias)) == [first]


def test_a_version_that_is_not_there_cannot_be_promoted(versions, store, alias):
    with pytest.raises(VersionError, match="no version 'v9'"):
        promote(str(alias), "v9", why="a slip")

    assert aliases.newest(store, alias) is None


def test_promoting_needs_an_alias(versions, model):
    with pytest.raises(URIError, match="names no alias"):
        promote(model, "v1", why="a slip")


def test_a_version_of_another_digest_cannot_be_promoted(versions, store, alias):
    with pytest.raises(VersionError, match="exists with the digest"):
        promote(str(alias), "v1", why="a slip", digest="sha256:" + "0" * 64)

    assert aliases.newest(store, alias) is None


@pytest.mark.parametrize("damage", ["missing", "cut off", "another manifest"])
def test_a_version_that_could_not_be_pulled_cannot_be_promoted(
    versions, store, uri, alias, artifact, damage
):
    name = "manifest.json" if damage == "another manifest" else "a"
    sha256 = hashlib.sha256((artifact / name).read_bytes()).hexdigest()
    key = blobs.key(uri, sha256)
    if damage == "missing":
        store.client.delete_object(Bucket=uri.bucket, Key=key)
    else:
        store.write(key, b"{}")

    with pytest.raises(IntegrityError, match=sha256):
        promote(str(alias), "v1", why="a slip")

    assert aliases.newest(store, alias) is None


def test_a_version_whose_record_names_other_files_cannot_be_promoted(versions, store, uri, alias):
    record = records.read(store, uri, "v1")
    store.write(records.key(uri, "v1"), replace(record, blobs={}).to_bytes())

    with pytest.raises(IntegrityError, match="names other files than its manifest"):
        promote(str(alias), "v1", why="a slip")


def test_who_expects_a_generation_follows_it_or_learns_who_was_faster(versions, store, alias):
    first = promote(str(alias), "v1", why="the first", who="ana@host", follows=0)
    with pytest.raises(OvertakenError, match=r"is at generation 1, not 0: ana@host promoted v1 "):
        promote(str(alias), "v2", why="too late", follows=0)
    with pytest.raises(OvertakenError, match="is at generation 1, not 2"):
        promote(str(alias), "v2", why="too early", follows=2)

    assert list(aliases.history(store, alias)) == [first]
    assert promote(str(alias), "v2", why="in time", follows=1).generation == 2


def test_nothing_follows_a_generation_of_an_alias_without_one(versions, alias):
    with pytest.raises(OvertakenError, match="has no generation 3: there is none yet"):
        promote(str(alias), "v1", why="a slip", follows=3)


def test_racing_promotions_leave_a_history_without_gaps(model, store, alias, artifact):
    """Who expects nothing wins sooner or later: nobody's promotion is lost."""
    racers = [f"v{number}" for number in range(8)]
    for version in racers:
        push(artifact, f"{model}:{version}", bento=False)

    with ThreadPoolExecutor(len(racers)) as pool:
        made = list(pool.map(lambda version: promote(str(alias), version, why="race"), racers))

    history = list(aliases.history(store, alias))
    assert [generation.generation for generation in history] == list(range(1, 9))
    assert sorted(generation.target for generation in history) == racers
    assert [after.source for after in history[1:]] == [before.target for before in history[:-1]]
    assert sorted(made, key=lambda generation: generation.generation) == history
    assert aliases.read(store, alias) == history[-1]


@pytest.mark.parametrize(
    ("rounds", "racers"), [(2, 16), pytest.param(25, 64, marks=pytest.mark.long)]
)
def test_of_racers_for_one_generation_exactly_one_wins(
    store, alias, artifact, own_clients, rounds, racers
):
    """They start together, all having seen the same generation, all for the same version."""
    for version in ("v0", "v1"):
        push(artifact, str(alias.at_version(version)), bento=False)
    start, winners, violations = Barrier(racers), [], 0

    def race(number, follows):
        start.wait()
        try:
            version, who = f"v{follows % 2}", f"racer{number}@host"
            return promote(str(alias), version, why="race", who=who, follows=follows)
        except OvertakenError as error:
            return str(error)

    with ThreadPoolExecutor(racers) as pool:
        for follows in range(rounds):
            told = list(pool.map(race, range(racers), repeat(follows)))
            won = [answer for answer in told if isinstance(answer, Generation)]
            violations += len(won) != 1
            winners += won[:1]
            expected = f"is at generation {follows + 1}, not {follows}: {won[0].who} promoted "
            violations += sum(isinstance(one, str) and expected not in one for one in told)

    history = list(aliases.history(store, alias))
    violations += history != winners
    violations += [record.generation for record in history] != list(range(1, rounds + 1))
    pairs = pairwise(history)
    violations += sum(after.source != before.target for before, after in pairs)
    violations += aliases.generations(store, alias).numbers() != list(range(1, rounds + 1))
    print(f"races run: {rounds} of {racers}, states checked: {rounds * racers}, ", end="")
    print(f"violations: {violations}")
    assert violations == 0


def test_a_pointer_left_behind_is_repaired(versions, store, alias):
    first = promote(str(alias), "v1", why="the first")
    second = promote(str(alias), "v2", why="the second")
    store.write(aliases.pointer_key(alias), first.to_bytes())

    assert promote(str(alias), "v2", why="again") == second

    assert store.read(aliases.pointer_key(alias)) == second.to_bytes()


def test_a_promotion_whose_answer_was_lost_counts_once(versions, store, alias, lose_answers):
    made = promote(str(alias), "v1", why="the answer is lost")

    assert list(aliases.history(store, alias)) == [made]


def test_a_promotion_that_never_arrived_is_an_error(versions, store, alias, on_event):
    cut = []

    def fail(request, **_):
        if "/history/" in request.url:
            cut.append(request.url)
            raise UnreachableError

    on_event("before-send.s3.PutObject", fail)
    with pytest.raises(UnreachableError):
        promote(str(alias), "v1", why="the wire is cut")

    assert len(cut) == 1
    assert aliases.newest(store, alias) is None


def test_going_back_promotes_what_was_replaced(versions, store, alias):
    promote(str(alias), "v1", why="the first")
    promote(str(alias), "v2", why="the second")

    back = rollback(str(alias), why="v2 sells nothing")

    assert (back.generation, back.source, back.target) == (3, "v2", "v1")
    assert aliases.read(store, alias) == back


def test_there_is_nothing_before_the_first(versions, alias):
    promote(str(alias), "v1", why="the first")

    with pytest.raises(AliasError, match="has named v1 only"):
        rollback(str(alias), why="a slip")


def test_going_back_to_any_generation(versions, store, alias):
    for version in ("v1", "v2", "v3"):
        promote(str(alias), version, why="forward")

    back = rollback(str(alias), to=1, why="v1 was best")

    assert (back.generation, back.source, back.target) == (4, "v3", "v1")
    assert rollback(str(alias), to=4, why="it is there already") == back
    for number in (0, 9, -1):
        with pytest.raises(AliasError, match=f"has no generation {number}: give one of 1 to 4"):
            rollback(str(alias), to=number, why="a slip")


@pytest.mark.parametrize("to", [None, 1])
def test_a_promotion_that_lands_during_a_rollback_is_not_undone(
    versions, store, alias, monkeypatch, to
):
    promote(str(alias), "v1", why="the first")
    promote(str(alias), "v2", why="the second")
    complete = promotion.manifests.require_complete

    def land_first(*arguments):
        monkeypatch.setattr(promotion.manifests, "require_complete", complete)
        promote(str(alias), "v3", why="landed meanwhile", who="ana@host")

    monkeypatch.setattr(promotion.manifests, "require_complete", land_first)

    with pytest.raises(OvertakenError, match=r"not 2: ana@host promoted v3 .*landed meanwhile"):
        rollback(str(alias), to=to, why="v2 sells nothing")

    assert aliases.read(store, alias).target == "v3"
