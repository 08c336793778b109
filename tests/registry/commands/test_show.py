import json

from registry.keys import make_key

METRICS = {
    "split": "test",
    "mode": "discover",
    "n_customers": 2415,
    "recall": {
        "50": {"mean": 0.4, "low": 0.39, "high": 0.41},
        "30": {"mean": 0.3, "low": 0.29, "high": 0.31},
    },
    "metrics": {
        "coverage": {"50": 0.6, "30": 0.5},
        "novelty": {"30": {"mean": 3.21, "low": 3.2, "high": 3.22}, "50": 2.5},
    },
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
    assert facts["measured"].startswith("on test, discover, 2,415 customers; %, with 95% inter")
    assert out.splitlines()[-5].split() == ["METRIC", "@30", "@50"]
    assert "recall                30.0 (29.0 to 31.0)  40.0 (39.0 to 41.0)" in out
    assert "coverage              50.0                 60.0" in out
    assert "novelty               3.21                 2.50" in out
    shown = json.loads(run("show", f"{model}:v1", "--json")[1])
    assert (shown["aliases"], shown["metrics"], shown["lineage"]) == (
        ["next", "prod"],
        METRICS,
        LINEAGE,
    )
    assert run("list", model)[1].splitlines()[1].split()[-3:] == ["30.0%", "@30", digest(folder)]
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


def test_a_signature_is_shown_as_what_it_is(run, artifact, model, tmp_path, monkeypatch):
    monkeypatch.delenv("ESTANTE_PUBLIC_KEYS", raising=False)
    public_key = make_key(tmp_path / "key.pem")
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))
    run("push", artifact, f"{model}:v1", "--no-bento")

    unchecked = f"says it is signed by {public_key} (not checked: ESTANTE_PUBLIC_KEYS is not set)"
    assert f"signed    {unchecked}\n" in run("show", f"{model}:v1")[1]
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", public_key)
    assert f"signed    by {public_key}\n" in run("show", f"{model}:v1")[1]


def test_only_a_version_is_shown(run, pushed, model):
    code, _, err = run("show", model)

    assert code == 2
    assert err == f"error: {model} names no version: give {model}:VERSION or {model}@ALIAS\n"
