"""``registry promote`` with its gate, at the command line."""

import json

import pytest

from recommender import artifact as artifacts
from registry import aliases
from registry.commands import promotions
from registry.promotion import promote
from registry.push import push

GATE = 'mode = "mixed"\nk = 1\n[[lead]]\nmetric = "recall"\nof = "all"\nbound = "low"\nat_least = 0'


@pytest.fixture
def named(model, make_model, tmp_path, monkeypatch, purchases):
    """Push v1, v2 and v3, each worse than the one before, of which the alias names v2."""
    for version, order in (("v1", "abcd"), ("v2", "bacd"), ("v3", "cdba")):
        artifacts.write(tmp_path / version, make_model(order), lineage={}, metrics={})
        push(tmp_path / version, f"{model}:{version}", bento=False)
    promote(f"{model}@prod", "v2", why="for the test")
    purchases("sha256:7", "test", ana="a", ben="ab", cleo="a")
    (tmp_path / "gate.toml").write_text(GATE)
    monkeypatch.chdir(tmp_path)
    return f"{model}@prod"


ASKED = ("--held-out", "held-out.json", "--gate", "gate.toml", "--why", "for the test")


def test_a_better_version_is_promoted_and_the_numbers_are_in_the_history(run, named, store, uri):
    code, out, err = run("promote", named, "v1", *ASKED)

    header, customers, lead, last = out.splitlines()
    assert (code, err) == (0, "")
    assert header.split() == ["CHECK", "FOUND", "REQUIRED", "PASSED"]
    assert customers.split() == ["customers", "who", "count", "3", "at", "least", "1", "yes"]
    assert lead.startswith("lead in recall at 1, all customers")
    assert "+0.6667 (+0.0000 to +1.0000)" in lead
    assert last == f"{named} is v1 (generation 2)"
    gate = aliases.read(store, uri.at_alias("prod")).gate
    assert (gate["passed"], gate["forced"], gate["champion"]["version"]) == (True, False, "v2")
    assert gate["checks"][1]["found"]["mean"] == pytest.approx(2 / 3)
    assert gate["held_out"]["n_purchases"] == 4


def test_a_worse_version_is_refused_and_nothing_promoted(run, named, store, uri):
    code, out, err = run("promote", named, "v3", *ASKED)

    assert code == 1
    assert out.splitlines()[-1].endswith("NO")
    assert err.startswith("error: v3 does not pass the gate gate.toml: lead in recall at 1, all c")
    assert "(asked: low at least 0); nothing was promoted" in err
    assert "--force" in err
    assert err.count("\n") == 1
    assert aliases.read(store, uri.at_alias("prod")).target == "v2"


def test_a_refusal_for_programs(run, named):
    code, out, _ = run("promote", named, "v3", *ASKED, "--json")

    assert code == 1
    assert json.loads(out)["gate"]["passed"] is False


def test_force_promotes_and_the_history_says_so(run, named):
    code, out, err = run("promote", named, "v3", *ASKED, "--force")
    assert (code, err) == (0, "")
    assert f"{named} is v3 (generation 2)" in out

    _, lines, _ = run("history", named)
    _, records, _ = run("history", named, "--json")

    assert [line.split()[5] for line in lines.splitlines()] == ["GATE", "-", "forced"]
    assert "  forced (gate.toml)  " in lines
    gate = json.loads(records)[1]["gate"]
    assert (gate["passed"], gate["forced"]) == (False, True)


def test_force_is_not_recorded_of_a_version_that_passes(run, named, store, uri):
    assert run("promote", named, "v1", *ASKED, "--force")[0] == 0
    assert aliases.read(store, uri.at_alias("prod")).gate["forced"] is False


def test_what_fails_in_several_parts_is_told_once(run, named, tmp_path):
    (tmp_path / "parts.toml").write_text(
        GATE.replace('"all"', '"category"').replace("= 0", "= 1") + "\n[size]\nmax_bytes = 1\n"
    )

    _, out, err = run("promote", named, "v3", *ASKED[:2], "--gate", "parts.toml", "--why", "-")

    lost = [line for line in out.splitlines() if line.endswith("NO")]
    assert len(lost) > 1
    assert err.count("(asked: ") == 2
    assert err.count("lead in recall") == 1


def test_a_file_that_asks_for_nothing_is_said_to(run, named, tmp_path):
    (tmp_path / "empty.toml").touch()

    code, out, err = run("promote", named, "v3", "--gate", "empty.toml", "--why", "-")

    assert (code, err) == (0, "")
    assert out == f"empty.toml asks for nothing\n{named} is v3 (generation 2)\n"
    assert "  nothing asked (empty.toml)  " in run("history", named)[1]


def test_without_held_out_purchases_a_champion_is_kept(run, named, store, uri):
    code, _, err = run("promote", named, "v3", "--why", "blindly")

    assert code == 1
    assert "give a file of them by --held-out" in err
    assert aliases.read(store, uri.at_alias("prod")).target == "v2"


def test_without_held_out_purchases_the_history_says_unmeasured(run, named, tmp_path):
    (tmp_path / "lax.toml").write_text(f"{GATE}\n[held_out]\nrequired = false")

    code, out, err = run("promote", named, "v3", "--why", "blindly", "--gate", "lax.toml")

    assert (code, err) == (0, "")
    assert "no held-out purchases were given; give a file of them by --held-out" in out

    assert [line.split()[5] for line in run("history", named)[1].splitlines()] == [
        "GATE",
        "-",
        "unmeasured",
    ]


def test_requirements_can_insist_on_held_out_purchases(run, named, tmp_path, store, uri):
    (tmp_path / "strict.toml").write_text(f"{GATE}\n[held_out]\nrequired = true")

    code, _, err = run("promote", named, "v1", "--why", "blindly", "--gate", "strict.toml")

    assert code == 1
    assert "strict.toml: leads: no held-out purchases were given" in err
    assert aliases.read(store, uri.at_alias("prod")).target == "v2"


def test_what_the_alias_names_already_is_not_asked(run, named):
    code, out, err = run("promote", named, "v2", "--why", "again")

    assert (code, out.splitlines()[0], err) == (0, f"{named} is v2 (generation 1)", "")
    assert "nothing was promoted, and this reason is not recorded" in out


def test_a_promotion_while_the_gate_measures_is_not_overtaken(run, named, monkeypatch):
    """Another promoter lands between the verdict and the promotion."""
    judged = promotions.pass_gate

    def slow(options):
        found = judged(options)
        promote(named, "v3", why="quick", who="eve@host")
        return found

    monkeypatch.setattr(promotions, "pass_gate", slow)
    code, _, err = run("promote", named, "v1", *ASKED)

    assert code == 1
    assert "eve@host promoted v3" in err


@pytest.mark.parametrize("follows", [0, 1, 2, 3])
def test_what_was_judged_against_another_champion_is_never_promoted(
    run, named, store, uri, monkeypatch, follows
):
    """Another promotion lands after the verdict, which was about generation 1."""
    judged = promotions.pass_gate

    def slow(options):
        found = judged(options)
        promote(named, "v3", why="quick", who="eve@host")
        return found

    monkeypatch.setattr(promotions, "pass_gate", slow)
    code, _, err = run("promote", named, "v1", *ASKED, "--follows", follows)

    assert code == 1
    assert "eve@host promoted v3" in err
    assert aliases.read(store, uri.at_alias("prod")).target == "v3"


@pytest.mark.parametrize("follows", [0, 2])
def test_who_expects_another_champion_promotes_nothing(run, named, store, uri, follows):
    code, _, err = run("promote", named, "v1", *ASKED, "--follows", follows)

    assert code == 1
    assert f"{named} is at generation 1, not {follows}: " in err
    assert aliases.read(store, uri.at_alias("prod")).target == "v2"
    assert run("promote", named, "v1", *ASKED, "--follows", 1)[0] == 0


@pytest.mark.parametrize(
    ("option", "code", "message"),
    [
        ("--gate bad", 1, "did you mean mode?"),
        ("--held-out bad", 1, "is not JSON"),
        ("--gate bad.gone", 1, "cannot be read"),
        ("--held-out bad.gone", 1, "cannot be read"),
    ],
)
def test_bad_files_are_told_in_one_line(run, named, tmp_path, option, code, message):
    (tmp_path / "bad").write_text("mod = 1")

    found, out, err = run("promote", named, "v1", *ASKED, *option.split())

    assert (found, out) == (code, "")
    assert err.startswith("error: bad")
    assert message in err
    assert err.count("\n") == 1
