import json

from registry import versions


def test_versions_are_listed_with_their_aliases(run, pushed, model):
    run("promote", f"{model}@prod", "v1", "--why", "-")
    run("promote", f"{model}@next", "v1", "--why", "-")

    _, text, _ = run("list", model)
    _, data, _ = run("list", model, "--json")

    header, line = text.splitlines()
    assert header.split() == ["VERSION", "ALIASES", "WHEN", "WHO", "SIZE", "RECALL", "DIGEST"]
    assert line.split()[:2] == ["v1", "next,prod"]
    (record,) = json.loads(data)
    assert record["aliases"] == ["next", "prod"]
    assert record["size"] > 0


def test_the_newest_version_is_first(run, pushed, artifact, model, store, uri):
    run("push", artifact, f"{model}:v0", "--no-bento")
    record = json.loads(store.read(uri.key("versions", "v0.json")))
    for version, when in (("v0", "2026-01-02T00:00:00Z"), ("v9", "2026-01-01T00:00:00Z")):
        changed = record | {"version": version, "when": when}
        store.write(uri.key("versions", f"{version}.json"), json.dumps(changed).encode())

    _, out, _ = run("list", model, "--json")

    assert [row["version"] for row in json.loads(out)] == ["v1", "v0", "v9"]


def test_models_are_listed(run, pushed, model):
    parent, _, name = model.rpartition("/")

    assert name in run("list", f"{parent}/")[1].splitlines()
    assert name in json.loads(run("list", f"{parent}/", "--json")[1])
    assert "models" in run("list", "s3://shelf")[1].splitlines()


def test_one_version_or_alias_is_no_list(run, pushed, model):
    for given in (f"{model}:v9", f"{model}@prod"):
        code, out, err = run("list", given)
        assert (code, out) == (2, "")
        assert f"{given!r} is one of a model's names: give s3://BUCKET/PREFIX/NAME" in err


def test_a_model_without_versions_has_none(run, model):
    hint = f"python -m registry list {model}/ shows the models below it"
    assert run("list", model) == (0, "", f"{model} has no versions; {hint}\n")
    assert run("list", model, "--json")[1] == "[]\n"


def test_a_version_that_is_removed_meanwhile_is_left_out(run, pushed, model, monkeypatch):
    monkeypatch.setattr(versions, "names", lambda *_: ["v0", "v1"])

    code, out, err = run("list", model, "--json")

    assert (code, [row["version"] for row in json.loads(out)], err) == (0, ["v1"], "")


def test_a_bad_alias_hides_nothing(run, pushed, model, store, uri):
    store.write(uri.key("history", "prod", "00000001.json"), b"half")

    assert run("list", model)[1].splitlines()[1].split()[0] == "v1"


def test_a_bad_record_hides_no_other(run, pushed, model, store, uri):
    store.write(uri.key("versions", "v0.json"), b"{}")
    store.write(uri.key("versions", "notes.txt"), b"not a version")

    code, out, err = run("list", model, "--json")

    assert code == 0
    assert [(row["version"], row["digest"] is None) for row in json.loads(out)] == [
        ("v1", False),
        ("v0", True),
    ]
    assert err.startswith("warning: ")
    assert err.count("\n") == 1
