from concurrent.futures import ThreadPoolExecutor

import pytest

from registry import aliases, promotion
from registry.errors import AliasError, UnreachableError, URIError, VersionError
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


def test_racing_promotions_leave_a_history_without_gaps(model, store, alias, artifact):
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
    def fail(**_):
        raise UnreachableError

    on_event("before-send.s3.PutObject", fail)
    with pytest.raises(UnreachableError):
        promote(str(alias), "v1", why="the wire is cut")

    assert aliases.newest(store, alias) is None


def test_losing_every_race_ends_with_an_error(versions, store, alias, monkeypatch):
    monkeypatch.setattr(promotion, "_create", lambda *_: False)

    with pytest.raises(AliasError, match="was promoted by others 100 times meanwhile"):
        promote(str(alias), "v1", why="bad luck")


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
