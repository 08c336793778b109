import json

import pytest

from recommender.rules import Rules
from registry import aliases, records, rules, seals
from registry.errors import RecordError
from registry.keys import make_key
from registry.promotion import promote
from registry.pull import pull
from registry.push import push
from registry.rules_push import push_rules
from registry.verification import verify

CHANGES = [
    {"who": "eve@host"},
    {"when": "2020-01-01T00:00:00Z"},
    {"why": "nothing to see"},
    {"nonce": "0" * 32},
    {"a field of": "a later release"},
]


@pytest.fixture
def keys(tmp_path, monkeypatch):
    """Return a function that makes this process sign with a key, and trust it alone."""

    def use(name):
        monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", make_key(tmp_path / name))
        monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / name))

    return use


@pytest.fixture
def written(store, uri, artifact):
    """Return a function that writes a promotion and rules; where they are, and as what signed."""

    def write():
        named = f"{uri}@prod"
        push(artifact, f"{uri}:v1", bento=False)
        promote(named, "v1", why="better", gate={"passed": True})
        push_rules(Rules(max_per_category=3), named, why="variety")
        places = [
            (aliases.generations, aliases.signed_as(uri)),
            (rules.generations, rules.signed_as(uri)),
        ]
        alias = uri.at_alias("prod")
        store.client.delete_object(Bucket=store.bucket, Key=aliases.pointer_key(alias))
        return [(kept(store, alias), kind) for kept, kind in places]

    return write


@pytest.fixture
def rewrite(store):
    """Return a function that changes fields of a record that is there."""

    def rewrite(key, change):
        fields = json.loads(store.read(key)) | change
        store.write(key, records.to_bytes(fields))
        return fields

    return rewrite


@pytest.mark.parametrize("change", [*CHANGES, {"gate": {"passed": False}}])
def test_a_change_of_anything_is_seen(written, rewrite, model, change):
    for kept, _ in written():
        rewrite(kept.key(1), change)

        with pytest.raises(RecordError, match="is damaged: it is not what was written, by the SHA"):
            kept.read(1)
        assert kept.where(1) in [problem.object for problem in verify(model).problems]


@pytest.mark.parametrize("seal", [{}, {"sha256": 1}, {"sha256": "0" * 64, "signature": None}])
def test_a_changed_seal_is_seen(written, rewrite, seal):
    for kept, _ in written():
        rewrite(kept.key(1), {"seal": seal})

        with pytest.raises(RecordError, match="by the SHA-256 in its seal"):
            kept.read(1)


def test_a_record_of_an_earlier_release_is_read_and_said_to_have_no_seal(
    written, rewrite, store, model, run
):
    places = [kept.where(1) for kept, _ in written()]
    for kept, _ in written():
        fields = rewrite(kept.key(1), {})
        del fields["seal"]
        store.write(kept.key(1), records.to_bytes(fields))
        assert kept.read(1).seal is None
        assert kept.read(1).to_bytes() == store.read(kept.key(1))

    found = verify(model)

    assert (found.problems, found.unsealed, found.unsigned) == ([], places, [])
    code, out, _ = run("verify", model)
    assert code == 0
    assert f"note: {places[0]} and 1 more: no seal, as of an earlier release" in out


def test_a_signature_vouches_for_who_changes_the_seal_too(written, rewrite, keys, model):
    keys("ours")
    kept_as = written()
    assert verify(model).problems == []
    for kept, kind in kept_as:
        fields = rewrite(kept.key(1), {"why": "nothing to see"})
        forged = seals.seal(fields, kind)["sha256"]
        rewrite(kept.key(1), {"seal": fields["seal"] | {"sha256": forged}})

    found = verify(model)

    assert [problem.object for problem in found.problems] == [kept.where(1) for kept, _ in kept_as]
    assert all("is not what was signed" in problem.what for problem in found.problems)


def test_what_was_signed_for_another_model_is_a_problem(written, rewrite, keys, model):
    keys("ours")
    for kept, kind in written():
        other = type(kind)(kind.line + "x", kind.again)
        rewrite(kept.key(1), {"seal": seals.seal(json.loads(kept.read_bytes(1)), other)})

    assert ["is not what was signed" in problem.what for problem in verify(model).problems] == [
        True,
        True,
    ]


def test_what_another_key_signed_is_a_problem(written, keys, model, monkeypatch):
    keys("theirs")
    places = [kept.where(1) for kept, _ in written()]
    theirs = verify(model)
    keys("ours")

    found = verify(model)

    assert theirs.problems == []
    told = {problem.object: problem.what for problem in found.problems}
    assert all("none of ESTANTE_PUBLIC_KEYS: p" in told[place] for place in places)


def test_what_nobody_signed_is_said_and_does_no_harm(written, keys, model, monkeypatch, run):
    keys("ours")
    places = [kept.where(1) for kept, _ in written()]
    with monkeypatch.context() as patch:
        patch.delenv("ESTANTE_SIGNING_KEY")
        promoted = promote(f"{model}@next", "v1", why="by somebody without a key")

    found = verify(model)

    assert promoted.seal["signature"] is None
    assert found.problems == []
    assert len(found.unsigned) == 1
    assert found.unsigned[0] not in places
    assert pull(f"{model}@next").version == "v1"
    assert "no signature, and ESTANTE_PUBLIC_KEYS is set" in run("verify", model)[1]
