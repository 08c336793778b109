import json


def test_rules_are_pushed_shown_and_have_a_history(run, environment, model, tmp_path):
    (tmp_path / "rules.toml").write_text('exclude_products = ["4011"]\n')
    (tmp_path / "more.json").write_text('{"max_per_category": 3}')
    uri = f"{model}@default"

    code, out, _ = run("rules", "push", tmp_path / "rules.toml", uri, "--why", "sold out")
    assert (code, out[: len(uri) + 17]) == (0, f"{uri} is generation 1 ")
    code, out, _ = run("rules", "push", tmp_path / "more.json", uri, "--why", "variety", "--json")
    assert (code, json.loads(out)["generation"]) == (0, 2)

    _, shown, _ = run("rules", "show", uri)
    assert shown.splitlines()[0].startswith("generation 2, sha256:")
    assert json.loads("".join(shown.splitlines()[2:])) == {"max_per_category": 3}
    first = json.loads(run("rules", "show", uri, "--generation", "1", "--json")[1])
    assert first["rules"] == {"exclude_products": ["4011"]}
    lines = run("rules", "history", uri)[1].splitlines()
    assert lines[0].split() == ["GENERATION", "WHEN", "WHO", "DIGEST", "WHY"]
    assert [line.split()[0] for line in lines[1:]] == ["1", "2"]
    assert len(json.loads(run("rules", "history", uri, "--json")[1])) == 2


def test_what_is_wrong_with_rules_is_told_in_one_line(run, environment, model, tmp_path):
    (tmp_path / "rules.toml").write_text("max_per_categori = 3\n")
    uri = f"{model}@default"
    wrong = [
        (
            ["push", tmp_path / "rules.toml", uri, "--why", "-"],
            1,
            "did you mean 'max_per_category'",
        ),
        (["push", tmp_path / "none.toml", uri, "--why", "-"], 1, "No such file"),
        (["show", uri], 1, "there are no rules"),
        (["show", model], 2, "names no rules"),
        (["show", uri, "--generation", "3"], 1, "has no generation 3"),
        (["history", uri], 1, "there are no rules"),
    ]
    for arguments, code, message in wrong:
        found, out, err = run("rules", *arguments)
        assert (found, out) == (code, "")
        assert message in err
        assert err.count("\n") == 1
