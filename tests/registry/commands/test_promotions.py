import json

import pytest


def test_promotions_and_rollbacks_are_in_the_history(run, pushed, artifact, model):
    run("push", artifact, f"{model}:v2", "--no-bento")
    run("promote", f"{model}@prod", "v1", "--why", "the first")
    run("promote", f"{model}@prod", "v2", "--why", "better")
    code, out, _ = run("rollback", f"{model}@prod", "--why", "worse", "--json")
    assert (code, json.loads(out)["to"]) == (0, "v1")

    _, text, _ = run("history", f"{model}@prod")
    _, data, _ = run("history", f"{model}@prod", "--json")

    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["GENERATION", "WHEN", "WHO", "FROM", "TO", "GATE", "WHY"]
    assert [line[3:5] for line in lines[1:]] == [["-", "v1"], ["v1", "v2"], ["v2", "v1"]]
    assert [record["why"] for record in json.loads(data)] == ["the first", "better", "worse"]


def test_who_was_too_late_is_told_who_was_faster(run, pushed, artifact, model):
    run("push", artifact, f"{model}:v2", "--no-bento")
    run("promote", f"{model}@prod", "v1", "--why", "the first", "--follows", "0")

    code, _, err = run("promote", f"{model}@prod", "v2", "--why", "slow", "--follows", "0")

    assert code == 1
    assert err.startswith(f"error: {model}@prod is at generation 1, not 0: ")
    assert run("promote", f"{model}@prod", "v2", "--why", "-", "--follows", "1")[0] == 0


def test_going_back_to_a_generation(run, pushed, artifact, model):
    run("push", artifact, f"{model}:v2", "--no-bento")
    for version in ("v1", "v2", "v1"):
        run("promote", f"{model}@prod", version, "--why", "-")

    assert run("rollback", f"{model}@prod", "--to", "2", "--why", "-") == (
        0,
        f"{model}@prod is v2 (generation 4)\n",
        "",
    )
    code, out, _ = run("rollback", f"{model}@prod", "--to", "2", "--why", "once more")
    assert (code, out.splitlines()[0]) == (0, f"{model}@prod is v2 (generation 4)")
    assert out.endswith(": nothing was promoted, and this reason is not recorded\n")
    assert len(json.loads(run("history", f"{model}@prod", "--json")[1])) == 4
    code, _, err = run("rollback", f"{model}@prod", "--to", "9", "--why", "-")
    assert code == 1
    assert "has no generation 9: give one of 1 to 4" in err


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines"])
def test_a_reason_is_one_line(run, pushed, model, reason):
    with pytest.raises(SystemExit) as ended:
        run("promote", f"{model}@prod", "v1", "--why", reason)
    assert ended.value.code == 2
