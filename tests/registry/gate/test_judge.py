"""Versions on a real store, judged against what an alias names."""

import dataclasses

import pytest

from recommender import artifact as artifacts
from registry import keys, versions
from registry.errors import AbsentError, VersionError
from registry.gate.judge import judge
from registry.promotion import promote
from registry.push import push

LEAD = '[[lead]]\nmetric = "recall"\nof = "all"\nbound = "low"\nat_least = 0.0\n'
RULES = f'mode = "mixed"\nk = 1\n[data]\nmay_be_older = false\n[size]\nmax_growth = 2\n{LEAD}'


@pytest.fixture
def pushed(model, make_model, tmp_path):
    """Return a function that pushes a model that ranks in an order, made from some data."""

    def push_one(version, order, data=None, **about):
        folder = tmp_path / version
        lineage = {"data": data or {}}
        artifacts.write(folder, make_model(order, **about), lineage=lineage, metrics={})
        return push(folder, f"{model}:{version}", bento=False)

    return push_one


@pytest.fixture
def named(pushed, model):
    """Make an alias name a version that begins with d."""
    pushed("v1", "dcba")
    promote(f"{model}@prod", "v1", why="for the test")
    return f"{model}@prod"


@pytest.fixture
def held_out(purchases):
    return purchases("sha256:7", "test", ana="a", ben="a", cleo="a")


def failures(judged):
    return [(check.name, check.found) for check in judged.verdict.checks if check.passed is False]


def test_a_better_version_passes_and_a_worse_one_does_not(named, pushed, held_out, ask):
    better, worse = pushed("better", "abcd"), pushed("worse", "cdba")

    judged = judge(named, "better", ask(RULES), held_out)

    assert judged.verdict.passed
    assert (judged.follows, judged.digest) == (1, better.digest)
    assert judged.verdict.champion["version"] == "v1"
    assert judged.verdict.checks[-1].found == {"mean": 1.0, "low": 1.0, "high": 1.0}

    promote(named, "better", why="it passed")
    judged = judge(named, "worse", ask(RULES), held_out)

    assert not judged.verdict.passed
    assert (judged.follows, judged.digest) == (2, worse.digest)
    assert failures(judged) == [
        ("lead in recall at 1, all customers", {"mean": -1.0, "low": -1.0, "high": -1.0})
    ]


def test_the_first_is_measured_against_popularity(model, pushed, held_out, ask):
    pushed("v1", "abcd")  # popularity is the reverse
    pushed("v2", "dcba")

    first = judge(f"{model}@prod", "v1", ask(RULES), held_out)
    worse = judge(f"{model}@prod", "v2", ask(RULES), held_out)

    assert (first.verdict.passed, first.verdict.champion, first.follows) == (True, None, 0)
    assert failures(worse) == [
        ("lead in recall at 1, all customers", {"mean": -1.0, "low": -1.0, "high": -1.0})
    ]


def test_what_the_alias_names_already_is_not_judged(named, ask):
    assert judge(named, "v1", ask(RULES)).verdict is None


@pytest.mark.parametrize(
    ("said", "refused"),
    [("", ("prod",)), ("required = true", ("prod", "new")), ("required = false", ())],
)
def test_without_held_out_purchases_nothing_is_measured(named, pushed, ask, said, refused):
    """By default whoever has a champion to lose is refused; a first version is not."""
    pushed("better", "abcd")
    asked = ask(f"{RULES}[held_out]\n{said}")

    for alias in ("prod", "new"):
        judged = judge(named.replace("@prod", f"@{alias}"), "better", asked)
        assert not judged.verdict.measured or alias in refused
        assert judged.verdict.passed == (alias not in refused)
        for name, found in failures(judged):
            assert name == "leads"
            assert "give a file of them by --held-out" in found


def test_what_asks_for_no_lead_needs_no_held_out_purchases(named, pushed, ask):
    pushed("better", "abcd")

    verdict = judge(named, "better", ask('mode = "mixed"')).verdict
    assert (verdict.passed, verdict.measured) == (True, True)


@pytest.mark.parametrize("version", ["challenger", "v1"])
def test_who_has_learned_from_what_was_held_out_is_not_measured(
    model, pushed, held_out, ask, version
):
    seen = {"digest": "sha256:7", "parts": ["train", "test"]}
    unseen = {"digest": "sha256:7", "parts": ["train", "validation"]}
    pushed("v1", "dcba", seen if version == "v1" else unseen)
    promote(f"{model}@prod", "v1", why="for the test")
    pushed("challenger", "abcd", seen if version == "challenger" else unseen)

    ((name, found),) = failures(judge(f"{model}@prod", "challenger", ask(RULES), held_out))

    assert name == "leads"
    assert f"{version} has learned from the held-out purchases, part 'test'" in found


def test_a_champion_of_other_products_is_no_measure(model, pushed, held_out, ask):
    pushed("v1", "wxyz")
    promote(f"{model}@prod", "v1", why="another level")
    pushed("v2", "abcd")

    ((name, found),) = failures(judge(f"{model}@prod", "v2", ask(RULES), held_out))

    assert name == "leads"
    assert "the champion knows none of the 1 held-out products" in found


def test_older_data_do_not_follow_newer_ones(model, pushed, held_out, ask):
    pushed("v1", "dcba", {"until": "2026-02-01"})
    promote(f"{model}@prod", "v1", why="for the test")
    pushed("older", "abcd", {"until": "2026-01-31"})
    pushed("newer", "abcd", {"until": "2026-02-02"})
    odd = ("yesterday", "2026-13-01", "20260301", 20260301)
    for number, until in enumerate(odd):
        pushed(f"odd{number}", "abcd", {"until": until})

    assert failures(judge(f"{model}@prod", "older", ask(RULES), held_out)) == [
        ("last purchase learned from", "2026-01-31")
    ]
    for number in range(len(odd)):
        assert failures(judge(f"{model}@prod", f"odd{number}", ask(RULES), held_out)) == [
            ("last purchase learned from", "not known")
        ]
    assert judge(f"{model}@prod", "newer", ask(RULES), held_out).verdict.passed


def test_growth_is_limited(named, pushed, held_out, ask):
    bought = {f"customer {number}": "a" for number in range(2000)}
    pushed("large", "abcd", bought=bought)

    ((name, found),) = failures(judge(named, "large", ask(RULES), held_out))

    assert name == "growth"
    assert found > 2


def test_what_is_no_model_cannot_be_measured(named, model, artifact, held_out, ask):
    push(artifact, f"{model}:files", bento=False)

    ((name, found),) = failures(judge(named, "files", ask(RULES), held_out))

    assert name == "leads"
    assert "fit the model again" in found


def test_a_champion_that_cannot_be_read_fails_but_does_not_stand_in_the_way(
    named, pushed, held_out, ask, monkeypatch, tmp_path
):
    """As when versions are signed from now on, and the champion is not."""
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", keys.make_key(tmp_path / "key.pem"))
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))
    pushed("signed", "abcd")

    ((name, found),) = failures(judge(named, "signed", ask(RULES), held_out))

    assert name == "champion"
    assert "v1.json is not signed" in found


def test_a_version_that_is_not_there_is_an_error(named, held_out, ask):
    with pytest.raises(VersionError, match="there is no version 'v9'"):
        judge(named, "v9", ask(RULES), held_out)


def test_a_changed_challenger_is_an_error_not_a_verdict(named, pushed, store, uri, held_out, ask):
    record = pushed("v2", "abcd")
    changed = dataclasses.replace(record, digest="sha256:" + "0" * 64)
    store.write(versions.key(uri, "v2"), changed.to_bytes())

    with pytest.raises(AbsentError):
        judge(named, "v2", ask(RULES), held_out)
