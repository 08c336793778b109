import json

import pytest

from registry import objects, sweeps, versions


def test_a_model_is_verified(run, pushed, model, store, uri):
    run("promote", f"{model}@prod", "v1", "--why", "-")
    code, out, err = run("verify", model)
    assert (code, err) == (0, "")
    assert out.startswith("read 1 versions, 1 promotions, 0 rules, 3 contents (")
    assert json.loads(run("verify", f"{model}@prod", "--json")[1])["problems"] == []

    key = next(store.keys(uri.key("blobs", "")))
    store.write(key, b"damaged")
    code, out, err = run("verify", f"{model}@prod")

    assert code == 1
    assert out.splitlines()[0].startswith(f"s3://shelf/{key} is damaged")
    assert out.splitlines()[0].endswith("[affects v1, @prod]")
    assert err == f"error: {model}@prod has 1 problem: what is affected must not be used\n"
    code, out, _ = run("verify", model, "--json")
    (problem,) = json.loads(out)["problems"]
    assert (code, problem["versions"], problem["aliases"]) == (1, ["v1"], ["prod"])


def test_what_nothing_needs_is_shown_and_removed_only_if_asked(
    run, pushed, make_artifact, model, store, uri
):
    run("push", make_artifact("other", a=b"other"), f"{model}:v2", "--no-bento")
    run("promote", f"{model}@prod", "v1", "--why", "-")
    store.write(uri.key("blobs", "sha256", "0" * 64), b"garbage")

    assert run("gc", model)[1].splitlines()[-1].startswith("nothing needs: 0 versions, 0 contents")
    code, out, _ = run("gc", model, "--keep-versions", "0")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["VERSION", "IS"]
    assert lines[1].split(maxsplit=1) == ["v1", "kept: named by prod"]
    assert lines[2].split(maxsplit=1) == ["v2", "not needed"]
    assert lines[-1].endswith(
        "1 versions, 0 contents (0 bytes), 0 unfinished uploads, 0 claims; --delete removes them"
    )
    assert versions.names(store, uri) == ["v1", "v2"]

    code, out, _ = run("gc", model, "--keep-versions", "0", "--delete")
    assert (code, versions.names(store, uri)) == (0, ["v1"])
    assert out.splitlines()[-1].startswith("removed: 1 versions, 0 contents")
    data = json.loads(run("gc", model, "--json", "--grace-hours", "48")[1])
    assert (data["deleted"], data["blobs"], data["kept"]) == (
        False,
        [],
        {"v1": "all versions are kept"},
    )


def test_what_is_too_young_to_be_removed_is_said(run, pushed, make_artifact, model, store, uri):
    run("push", make_artifact("other", a=b"another"), f"{model}:v2", "--no-bento")
    objects.delete(store, versions.key(uri, "v2"))

    code, out, _ = run("gc", model, "--delete", "--grace-hours", "2")
    young = json.loads(run("gc", model, "--json", "--grace-hours", "2")[1])["young"]

    assert code == 0
    assert out.splitlines()[-1].startswith("removed: 0 versions, 0 contents")
    assert out.splitlines()[-2] == (
        "left, being younger than --grace-hours: 2 contents, 0 unfinished uploads; the last until "
        + young["until"]
    )
    assert (young["blobs"], young["uploads"]) == (2, 0)
    assert json.loads(run("gc", model, "--json", "--grace-hours", "0")[1])["young"]["until"] is None


def test_a_gc_that_ran_out_of_time_says_so(run, pushed, model, monkeypatch):
    monkeypatch.setattr(sweeps, "SECONDS", -1)

    code, out, _ = run("gc", model, "--keep-versions", "0", "--delete")
    data = json.loads(run("gc", model, "--keep-versions", "0", "--delete", "--json")[1])

    assert code == 0
    assert out.splitlines()[-1].endswith("0 claims; 1 more are left: run it again")
    assert data["left"] == 1


@pytest.mark.parametrize("command", [["verify"], ["gc"], ["gc", "--delete"]])
def test_a_name_of_which_there_is_nothing_is_an_error(run, environment, model, command):
    code, out, err = run(*command, model)

    assert (code, out) == (1, "")
    assert "check the name" in err


@pytest.mark.parametrize("option", ["--keep-days", "--keep-versions", "--grace-hours"])
@pytest.mark.parametrize("value", ["-1", "many"])
def test_numbers_of_gc_are_numbers(run, environment, model, option, value):
    with pytest.raises(SystemExit) as ended:
        run("gc", model, f"{option}={value}")
    assert ended.value.code == 2
