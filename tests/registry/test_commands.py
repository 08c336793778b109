"""The command line, run in this process; what only a process shows, in one of its own."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from registry import versions
from registry.commands import main


@pytest.fixture
def run(capsys, tmp_path):
    """Return a function that runs a command: exit code, output, error output.

    Promotions are asked nothing: the files that are pushed here are no models.
    """
    gate = tmp_path / "gate.toml"
    gate.touch()

    def run(*arguments):
        if arguments[:1] == ("promote",):
            arguments = (*arguments, "--gate", gate)
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def pushed(run, artifact, model):
    code, out, err = run("push", artifact, f"{model}:v1", "--no-bento")
    assert (code, err) == (0, "")
    return out


def test_push_says_what_it_pushed(pushed, model, artifact, digest):
    assert pushed.startswith(f"pushed {model}:v1 ({digest(artifact)}, ")
    assert pushed.count("\n") == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_transfer_that_takes_a_while_shows_how_far_it_is_at_a_terminal(
    artifact, model, monkeypatch
):
    monkeypatch.setattr("registry.commands.bar._AFTER_SECONDS", 0)
    monkeypatch.setattr(sys, "stderr", Terminal())

    assert main(["push", str(artifact), model, "--no-bento"]) == 0

    assert "\rpush: " in sys.stderr.getvalue()


def test_push_for_programs(run, artifact, model, digest):
    code, out, err = run("push", artifact, model, "--no-bento", "--json")

    record = json.loads(out)
    assert (code, err) == (0, "")
    assert record["digest"] == digest(artifact)
    assert record["uri"] == f"{model}:{record['version']}"


def test_the_way_of_a_model(run, pushed, artifact, model, digest, tmp_path):
    assert run("promote", f"{model}@prod", "v1", "--why", "the first") == (
        0,
        f"{model}@prod is v1 (generation 1)\n",
        "",
    )
    code, folder, _ = run("pull", f"{model}@prod")
    assert code == 0
    assert (Path(folder.strip()) / "manifest.json").exists()

    code, out, _ = run("pull", f"{model}@prod", "--to", tmp_path / "copy", "--json")
    assert code == 0
    assert json.loads(out) == {
        "folder": str(tmp_path / "copy"),
        "digest": digest(artifact),
        "name": model.rpartition("/")[2],
        "version": "v1",
        "uri": f"{model}@prod",
    }


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
    code, _, err = run("rollback", f"{model}@prod", "--to", "9", "--why", "-")
    assert code == 1
    assert "has no generation 9: give one of 1 to 4" in err


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


def test_models_are_listed(run, pushed, model):
    parent, _, name = model.rpartition("/")

    assert name in run("list", f"{parent}/")[1].splitlines()
    assert name in json.loads(run("list", f"{parent}/", "--json")[1])
    assert "models" in run("list", "s3://shelf")[1].splitlines()


def test_a_model_without_versions_has_none(run, model):
    assert run("list", model) == (0, "", f"{model} has no versions\n")
    assert run("list", model, "--json")[1] == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["pull", "s3://Bad/x:v1"], 2, "bucket 'Bad' is not allowed"),
        (["pull", "gs://shelf/x"], 2, "names no model"),
        (["pull", "s3://shelf/nobody:v1"], 1, "there is no version 'v1'"),
        (["pull", "s3://shelf/nobody@prod"], 1, "does not exist"),
        (["pull", "/no/such/folder"], 1, "holds no model"),
        (["push", "/no/such/folder", "s3://shelf/x"], 1, "holds no model"),
        (["promote", "s3://shelf/nobody@prod", "v1", "--why", "-"], 1, "there is no version"),
        (["rollback", "s3://shelf/nobody@prod", "--why", "-"], 1, "does not exist"),
        (["history", "s3://shelf/nobody@prod"], 1, "does not exist"),
        (["list", "s3://no-such-bucket/x"], 1, "there is no such bucket"),
    ],
)
def test_what_fails_is_told_in_one_line(run, environment, arguments, code, message):
    found, out, err = run(*arguments)

    assert (found, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["promote", "s3://shelf/x@prod", "v1"], ["push", "x"]]
)
def test_wrong_usage_is_told_so(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["list", "push", "pull", "promote", "history", "rollback", "verify", "gc", "show"]
)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])

    printed = capsys.readouterr().out
    assert caught.value.code == 0
    assert "s3://BUCKET/PREFIX/" in printed
    assert "AWS_ENDPOINT_URL_S3" in printed
    assert "--json" in printed


def test_an_interruption_is_told_in_one_line(environment):
    """A store that accepts and never answers keeps the command waiting until Ctrl-C."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "registry", "list", "s3://shelf/x"],
            env={**os.environ, "AWS_ENDPOINT_URL_S3": endpoint},
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert err == "error: interrupted; run the same command again to go on\n"


def test_a_bad_record_hides_no_other(run, pushed, model, store, uri):
    store.write(uri.key("versions", "v0.json"), b"{}")
    store.write(uri.key("versions", "notes.txt"), b"not a version")

    code, out, err = run("list", model, "--json")

    assert code == 0
    assert [(row["version"], row["digest"] is None) for row in json.loads(out)] == [
        ("v0", True),
        ("v1", False),
    ]
    assert err.startswith("warning: ")
    assert err.count("\n") == 1


def test_a_version_that_bentoml_cannot_keep_is_registered_and_told(
    run, artifact, model, monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    monkeypatch.setattr("registry.bento.BentoMLContainer.model_store_dir", Unwritable(tmp_path))

    code, _, err = run("push", artifact, f"{model}:v1")

    assert code == 1
    assert f"{model}:v1 is registered, but BentoML's store" in err
    assert "--no-bento" in err
    assert run("list", model)[1].count("v1") == 1


class Unwritable:
    """Where BentoML keeps its models: below a file."""

    def __init__(self, folder):
        self._folder = folder

    def get(self):
        return str(self._folder / "file" / "models")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines"])
def test_a_reason_is_one_line(run, pushed, model, reason):
    with pytest.raises(SystemExit) as ended:
        run("promote", f"{model}@prod", "v1", "--why", reason)
    assert ended.value.code == 2


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


@pytest.mark.parametrize("option", ["--keep-days", "--keep-versions", "--grace-hours"])
@pytest.mark.parametrize("value", ["-1", "many"])
def test_numbers_of_gc_are_numbers(run, environment, model, option, value):
    with pytest.raises(SystemExit) as ended:
        run("gc", model, f"{option}={value}")
    assert ended.value.code == 2


METRICS = {
    "split": "test",
    "mode": "discover",
    "n_customers": 2415,
    "recall": {
        "50": {"mean": 0.4, "low": 0.39, "high": 0.41},
        "30": {"mean": 0.3, "low": 0.29, "high": 0.31},
    },
    "metrics": {"coverage": {"50": 0.6, "30": 0.5}},
    "baselines": {
        "popularity": {"recall": {"50": {"mean": 0.2, "low": 0.1, "high": 0.3}, "30": 0.1}}
    },
}
LINEAGE = {
    "data": {"digest": "sha256:data", "parts": ["train", "validation"]},
    "code": {"commit": "abc", "changed": True},
    "libraries": {"numpy": "2.4.6"},
    "seed": 0,
}


def test_a_version_is_shown(run, make_artifact, model, digest):
    folder = make_artifact(lineage=LINEAGE, metrics=METRICS)
    run("push", folder, f"{model}:v1", "--no-bento")
    for alias in ("prod", "next"):
        run("promote", f"{model}@{alias}", "v1", "--why", "-")

    code, out, err = run("show", f"{model}@prod")

    facts = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert (code, err) == (0, "")
    assert facts["version"] == f"{model.rpartition('/')[2]}:v1"
    assert facts["digest"] == digest(folder)
    assert facts["aliases"] == "next, prod"
    assert facts["signed"] == "no"
    assert facts["data"] == "sha256:data train validation"
    assert facts["code"] == "abc and changes to it"
    assert facts["seed"] == "0"
    assert facts["libraries"] == "numpy 2.4.6"
    assert facts["measured"] == "on test, discover, 2,415 customers"
    assert out.splitlines()[-4].split() == ["METRIC", "@30", "@50"]
    assert "recall                0.3000 [0.2900, 0.3100]  0.4000 [0.3900, 0.4100]" in out
    shown = json.loads(run("show", f"{model}:v1", "--json")[1])
    assert (shown["aliases"], shown["metrics"], shown["lineage"]) == (
        ["next", "prod"],
        METRICS,
        LINEAGE,
    )
    assert run("list", model)[1].splitlines()[1].split()[-3:] == ["0.3000", "@30", digest(folder)]
    assert json.loads(run("list", model, "--json")[1])[0]["recall"] == METRICS["recall"]


def test_a_version_without_lineage_and_metrics_is_shown(run, pushed, model):
    code, out, _ = run("show", f"{model}:v1")

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        "version",
        "digest",
        "pushed",
        "signed",
        "aliases",
        "size",
        "measured",
    ]


def test_only_a_version_is_shown(run, pushed, model):
    code, _, err = run("show", model)

    assert code == 2
    assert err == f"error: {model} names no version: give {model}:VERSION or {model}@ALIAS\n"
