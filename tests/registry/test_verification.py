"""Damage of every kind, in a real bucket: it is found, named, and it is told whom it affects."""

import hashlib
import json
import secrets
from dataclasses import replace

import pytest

from recommender.rules import Rules
from registry import aliases, blobs, garbage, objects, removed, rules, versions
from registry.errors import AliasError, VersionError
from registry.keys import make_key
from registry.promotion import promote
from registry.push import push
from registry.retention import Retention
from registry.rules_push import push_rules
from registry.verification import verify


@pytest.fixture
def whole(model, make_artifact):
    """Two versions that share a file, two promotions, rules."""
    for version in ("v1", "v2"):
        folder = make_artifact(version, shared=b"shared", own=version.encode())
        push(folder, f"{model}:{version}", bento=False)
        promote(f"{model}@prod", version, why="-")
        push_rules(Rules(max_per_category=int(version[1])), f"{model}@default", why="-")
    promote(f"{model}@next", "v1", why="-")


@pytest.fixture
def alias(uri):
    return uri.at_alias("prod")


@pytest.fixture
def rewrite(store):
    """Return a function that changes a stored record."""

    def rewrite(key, **changes):
        store.write(key, json.dumps(json.loads(store.read(key)) | changes).encode())

    return rewrite


def content_key(uri, content):
    return blobs.key(uri, hashlib.sha256(content).hexdigest())


def only(problems):
    (problem,) = problems
    return problem


def test_what_is_whole_has_no_problems(whole, store, uri, model):
    told = []

    found = verify(model, lambda *step: told.append(step))

    assert found.problems == []
    assert (found.versions, found.generations, found.rules, found.blobs) == (2, 3, 2, 5)
    assert sum(moved for moved, _ in told) == found.size
    assert {total for _, total in told} == {found.size}
    one = verify(f"{model}:v1")
    assert (one.problems, one.versions, one.blobs, one.generations) == ([], 1, 3, 0)
    named = verify(f"{model}@prod")
    assert (named.problems, named.versions, named.blobs, named.generations) == ([], 1, 3, 2)


def test_what_is_not_there_is_an_error(whole, model):
    with pytest.raises(VersionError, match="no version 'v9'"):
        verify(f"{model}:v9")
    with pytest.raises(AliasError, match="does not exist"):
        verify(f"{model}@nobody")
    with pytest.raises(VersionError, match=r"there is no version, alias or rules of .*typo"):
        verify(f"{model}typo")


@pytest.mark.parametrize("position", [0, -1])
def test_a_flipped_bit_of_any_content_is_found_and_whom_it_affects(
    whole, store, uri, model, position
):
    for content, affected in [(b"shared", ["v1", "v2"]), (b"v1", ["v1"]), (b"v2", ["v2"])]:
        flipped = bytearray(content)
        flipped[position] ^= 1
        store.write(content_key(uri, content), bytes(flipped))

        problem = only(verify(model).problems)

        assert problem.object == f"s3://{uri.bucket}/{content_key(uri, content)}"
        assert hashlib.sha256(flipped).hexdigest() in problem.what
        assert problem.versions == affected
        assert problem.aliases == [{"v1": "next", "v2": "prod"}[name] for name in affected]
        store.write(content_key(uri, content), content)
    assert verify(model).problems == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("missing", "there is no such object"),
        ("cut off", "has 5 bytes, not 6"),
        ("empty", "damaged"),
    ],
)
def test_content_that_is_missing_or_of_another_size_is_found(
    whole, store, uri, model, damage, message
):
    key = content_key(uri, b"shared")
    if damage == "missing":
        objects.delete(store, key)
    else:
        store.write(key, b"share" if damage == "cut off" else b"")

    problem = only(verify(model).problems)

    assert message in problem.what
    assert problem.versions == ["v1", "v2"]


def test_a_large_content_is_read_in_pieces(store, uri, model, make_artifact, monkeypatch):
    monkeypatch.setattr("registry.pieces.PIECE_BYTES", 1000)
    content = bytes(range(256)) * 20
    push(make_artifact(a=content, empty=b""), f"{model}:v1", bento=False)
    assert verify(model).problems == []

    store.write(content_key(uri, content), content[:-1] + b"\x00")
    assert "is damaged: its SHA-256 is" in only(verify(model).problems).what


def test_a_damaged_manifest_is_found(whole, store, uri, model):
    record = versions.read(store, uri, "v1")
    key = blobs.key(uri, record.blobs["manifest.json"]["sha256"])
    data = store.read(key)
    store.write(key, data.replace(b"size", b"Size"))

    problems = verify(model).problems

    assert {tuple(problem.versions) for problem in problems} == {("v1",)}
    assert f"s3://{uri.bucket}/{key}" in {problem.object for problem in problems}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digest": "sha256:x"}, "it was not written by this tool"),
        ({"digest": "sha256:" + "0" * 64}, "there is no such object"),
        ({"version": "v9"}, "it was not written by this tool"),
        ({"blobs": {"a": {}}}, "the blob of 'a' is {}"),
        ({"blobs": {}}, "names other files than its manifest"),
        ({"who": 1}, "the field 'who' is missing or of another type"),
    ],
)
def test_a_damaged_version_record_is_found_and_the_alias_it_affects(
    whole, uri, model, rewrite, change, message
):
    rewrite(versions.key(uri, "v2"), **change)

    promotions = f"s3://{uri.bucket}/{uri.key('history')}/"
    found = verify(model).problems
    problem = only([one for one in found if not one.object.startswith(promotions)])

    assert message in problem.what
    assert problem.object == f"s3://{uri.bucket}/{versions.key(uri, 'v2')}"
    assert (problem.versions, problem.aliases) == (["v2"], ["prod"])


def test_a_version_that_disappeared_is_found_by_the_history(whole, store, uri, alias, model):
    objects.delete(store, versions.key(uri, "v1"))

    problems = verify(model).problems

    assert [problem.aliases for problem in problems] == [["next"], ["prod"]]
    assert all("names v1 with the digest" in problem.what for problem in problems)


def test_a_version_that_gc_removed_is_none_that_disappeared(whole, model):
    promote(f"{model}@next", "v2", why="-")
    garbage.remove(model, Retention(versions=0))

    found = verify(model)

    assert (found.versions, found.generations, found.problems) == (1, 4, [])


def test_an_alias_that_names_what_gc_removed_is_found(whole, store, uri, model):
    note = removed.Removed("v1", versions.read(store, uri, "v1").digest, "ana@host", "-")
    store.write(removed.key(uri, "v1"), note.to_bytes())
    objects.delete(store, versions.key(uri, "v1"))

    problem = only(verify(model).problems)

    assert "names v1, which gc removed: promote another version" in problem.what
    assert (problem.versions, problem.aliases) == (["v1"], ["next"])
    assert verify(f"{model}@next").problems == [problem]


def test_a_damaged_note_of_a_removal_is_one_problem_and_the_rest_is_read(whole, store, uri, model):
    promote(f"{model}@next", "v2", why="-")
    garbage.remove(model, Retention(versions=0))
    store.write(removed.key(uri, "v1"), b"half")
    store.write(content_key(uri, b"v2"), b"v3")

    note, content = verify(model).problems

    assert note.object == f"s3://{uri.bucket}/{removed.key(uri, 'v1')}"
    assert note.versions == ["v1"]
    assert content.versions == ["v2"]


def test_what_the_server_cannot_read_is_a_problem_and_the_rest_is_read(
    one_attempt, model, uri, store, alias, make_artifact, rot
):
    """Real bit rot: other bytes on the server's own disk, which it notices when it is asked."""
    rotten = secrets.token_bytes(64)
    for version, content in [("v1", b"-"), ("v2", rotten)]:
        push(make_artifact(version, a=b"-", b=content), f"{model}:{version}", bento=False)
        promote(f"{model}@prod", version, why="-")
    rot(rotten)

    found = verify(model)

    problem = only(found.problems)
    assert problem.object == f"s3://{uri.bucket}/{content_key(uri, rotten)}"
    assert (problem.versions, problem.aliases) == (["v2"], ["prod"])
    assert "the store answers 50" in problem.what
    assert (found.versions, found.generations, found.blobs) == (2, 2, 4)


def test_a_record_that_the_server_cannot_read_is_a_problem(
    one_attempt, whole, store, uri, alias, model, rot
):
    nonce = aliases.generations(store, alias).read(2).nonce
    rot(nonce.encode())  # of the generation and of the pointer, which is a copy

    generation, pointer = verify(model).problems

    assert generation.object == aliases.generations(store, alias).where(2)
    assert pointer.object == f"s3://{uri.bucket}/{aliases.pointer_key(alias)}"
    assert generation.aliases == pointer.aliases == ["prod"]


def test_a_gap_in_a_history_is_found(whole, store, alias, model):
    history = aliases.generations(store, alias)
    objects.delete(store, history.key(1))

    problem = only(verify(model).problems)

    assert problem.object == history.where(1)
    assert problem.what == "is missing: restore the record that was there"
    assert problem.aliases == ["prod"]
    assert verify(f"{model}@prod").problems == [problem]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from": "v9"}, "says that it replaced v9, not v1"),
        ({"digest": "sha256:" + "0" * 64}, "names v2 with the digest sha256:000"),
        ({"generation": 7}, "says that it is generation 7"),
        ({"to": 1}, "the field 'to' is missing or of another type"),
    ],
)
def test_a_damaged_promotion_is_found(whole, store, alias, model, rewrite, change, message):
    key = aliases.generations(store, alias).key(2)
    rewrite(key, **change, seal=None)  # as one that knows nothing of seals wrote it
    objects.delete(store, aliases.pointer_key(alias))

    problem = only(verify(model).problems)

    assert message in problem.what
    assert problem.object.endswith(key)
    assert problem.aliases == ["prod"]


def test_a_pointer_that_is_no_copy_is_found_and_one_that_is_behind_is_none(
    whole, store, alias, model
):
    key, history = aliases.pointer_key(alias), aliases.generations(store, alias)
    store.write(key, history.read_bytes(1))
    assert verify(model).problems == []

    second = aliases.generations(store, alias).read(2)
    for data in (b"half", replace(second, generation=9).to_bytes(), second.to_bytes() + b"\n"):
        store.write(key, data)
        problem = only(verify(model).problems)
        assert problem.object.endswith(key)
        assert "the next promotion mends it" in problem.what
        assert problem.aliases == ["prod"]


def test_damaged_and_missing_rules_are_found(whole, store, uri, model, rewrite):
    kept = rules.generations(store, uri.at_alias("default"))
    rewrite(kept.key(2), rules={"max_per_category": 9})
    objects.delete(store, kept.key(1))

    gap, damage = verify(model).problems

    assert (gap.object, damage.object) == (kept.where(1), kept.where(2))
    assert gap.what.startswith("is missing")
    assert "its rules are not those of its digest" in damage.what


def test_versions_without_a_trusted_signature_are_found(
    model, make_artifact, monkeypatch, tmp_path
):
    push(make_artifact("unsigned"), f"{model}:v1", bento=False)
    public = make_key(tmp_path / "key.pem")
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))
    push(make_artifact("signed"), f"{model}:v2", bento=False)
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", public)

    problem = only(verify(model).problems)

    assert "is not signed" in problem.what
    assert problem.versions == ["v1"]
