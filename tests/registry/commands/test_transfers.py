import json
from pathlib import Path


def test_push_says_what_it_pushed(pushed, model, artifact, digest):
    assert pushed.startswith(f"pushed {model}:v1 ({digest(artifact)}, ")
    assert pushed.count("\n") == 1


def test_push_for_programs(run, artifact, model, digest):
    code, out, err = run("push", artifact, model, "--no-bento", "--json")

    record = json.loads(out)
    assert (code, err) == (0, "")
    assert record["digest"] == digest(artifact)
    assert record["uri"] == f"{model}:{record['version']}"


def test_the_way_of_a_model(run, pushed, artifact, model, digest, tmp_path):
    assert run("promote", f"{model}@prod", "v1", "--why", "the first") == (
        0,
        f"gate.toml asks for nothing\n{model}@prod is v1 (generation 1)\n",
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


def test_a_version_that_exists_is_told_in_one_line(run, pushed, make_artifact, model, digest):
    other = make_artifact("other", a=b"another")

    code, out, err = run("push", other, f"{model}:v1", "--no-bento")

    assert (code, out) == (1, "")
    assert err.startswith("error: version 'v1' of ")
    assert f"not {digest(other)}; versions never change: choose another\n" in err
    assert err.count("\n") == 1
