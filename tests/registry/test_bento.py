import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import bentoml
import pytest

from recommender.artifact import read_manifest
from registry import bento
from registry.errors import BentoError
from registry.pull import pull
from registry.uri import BentoURI
from registry.versions import VersionRecord

LINEAGE = {"seed": 0, "commit": None, "sources": ["a", None], "config": {"k": 30}}


@pytest.fixture
def make_saved(make_artifact):
    """Return a function that saves a model and tells what of."""
    name = f"m{uuid.uuid4().hex[:12]}"

    def save(version="v1", content=b"content"):
        folder = make_artifact(uuid.uuid4().hex, lineage=LINEAGE, a=content)
        _, digest = read_manifest(folder)
        files = {path.name: {} for path in folder.iterdir()}
        record = VersionRecord(name, version, digest, "ana@host", "2026-11-24T08:15:00Z", files)
        bento.save(folder, record)
        return folder, record

    return save


def test_a_model_is_an_ordinary_bentoml_model(make_saved):
    _, record = make_saved()

    model = bentoml.models.get(f"{record.name}:v1")

    assert model.info.labels == {"digest": record.digest}
    assert model.info.metadata == {
        "pushed": {"who": "ana@host", "when": "2026-11-24T08:15:00Z"},
        "lineage": {"seed": 0, "sources": ["a"], "config": {"k": 30}},
        "metrics": {},
    }
    names = {path.name for path in Path(model.path).iterdir()}
    assert names == {"model.yaml", "manifest.json", "a"}
    assert f"{record.name}:v1" in {str(found.tag) for found in bentoml.models.list()}


def test_a_model_is_read_back_as_a_folder(make_saved):
    _, record = make_saved()

    pulled = pull(f"bento://{record.name}:v1")

    assert (pulled.digest, pulled.name, pulled.version) == (record.digest, record.name, "v1")
    assert (pulled.folder / "a").read_bytes() == b"content"


def test_the_latest_is_the_one_saved_last(make_saved):
    make_saved("v2", b"2")
    _, record = make_saved("v1", b"1")

    assert pull(f"bento://{record.name}").version == "v1"


def test_saving_again_does_nothing(make_saved):
    folder, record = make_saved()
    before = (Path(bento.find(BentoURI(record.name)).path) / "a").stat().st_mtime_ns

    bento.save(folder, record)

    assert (Path(bento.find(BentoURI(record.name)).path) / "a").stat().st_mtime_ns == before


def test_only_what_the_manifest_names_is_copied(make_artifact, tmp_path):
    """A record may name anything: its names are checked by nobody, those of a manifest are."""
    folder = make_artifact(a=b"content", b=b"more")
    (tmp_path / "secret.txt").write_text("secret")
    for files in (["a", "b", "../secret.txt"], ["a"]):
        model = f"m{uuid.uuid4().hex[:12]}"
        record = VersionRecord(
            model, "v1", read_manifest(folder)[1], "ana@host", "-", {name: {} for name in files}
        )
        bento.save(folder, record)

        path = Path(bento.find(BentoURI(model)).path)
        assert {each.name for each in path.iterdir()} == {"model.yaml", "manifest.json", "a", "b"}
        assert not list(Path(path.parents[2]).rglob("secret.txt"))


def test_a_copy_that_is_not_the_model_never_enters(make_saved, make_artifact):
    _, record = make_saved()
    bentoml.models.delete(f"{record.name}:v1")
    folder = make_artifact("changing", a=b"content")
    (folder / "a").write_bytes(b"Content")

    with pytest.raises(BentoError, match=r"is not what it was made of .*; nothing was put there"):
        bento.save(folder, record)

    assert record.name not in {model.tag.name for model in bentoml.models.list()}


def test_another_model_of_that_name_is_refused(make_saved):
    _, first = make_saved()

    with pytest.raises(BentoError, match=f"exists with the digest {first.digest}, not sha256:"):
        make_saved(content=b"other")

    assert pull(f"bento://{first.name}:v1").digest == first.digest


def test_a_damaged_model_is_said_to_be(make_saved):
    folder, record = make_saved()
    (Path(bento.find(BentoURI(record.name)).path) / "a").write_bytes(b"Content")

    with pytest.raises(BentoError, match=f"is damaged .* bentoml models delete {record.name}:v1"):
        bento.save(folder, record)


def test_many_may_save_at_once_and_readers_see_whole_models_only(make_saved):
    folder, record = make_saved("v0")
    versions = [f"v{number}" for number in range(1, 9)] * 2

    def save_and_read(version):
        bento.save(folder, replace(record, version=version))
        return pull(f"bento://{record.name}:{version}").version

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(save_and_read, versions)) == versions

    found = {model.tag.version for model in bentoml.models.list(record.name)}
    assert found == {"v0", *versions}


@pytest.mark.parametrize("there", [[], ["v0"]])
def test_a_faster_process_wins(make_saved, make_artifact, monkeypatch, there):
    """Another one saves another model after this one looked, and before it renames."""
    _, first = make_saved("v-first")
    bentoml.models.delete(f"{first.name}:v-first")
    for version in there:
        make_saved(version)
    rival, write = [], bento._written

    def write_slowly(*arguments):
        written = write(*arguments)
        if not rival:
            rival.append(None)
            rival[0] = make_saved(content=b"faster")[1]
        return written

    monkeypatch.setattr(bento, "_written", write_slowly)
    with pytest.raises(BentoError, match="exists with the digest"):
        make_saved(content=b"slower")

    assert pull(f"bento://{first.name}:v1").digest == rival[0].digest
    assert pull(f"bento://{first.name}").version == "v1"
    assert {model.tag.version for model in bentoml.models.list(first.name)} == {"v1", *there}


def test_the_latest_is_put_right_after_a_kill(make_saved):
    """The process that saved v2 was killed before it could say that it is the latest."""
    make_saved("v1")
    folder, record = make_saved("v2", b"2")
    latest = Path(bento.find(BentoURI(record.name)).path).parent / "latest"
    for left in ("v1", "no-such-version", ""):
        latest.write_text(left)
        bento.save(folder, record)
        assert latest.read_text() == "v2"

    latest.unlink()
    bento.save(folder, record)
    assert latest.read_text() == "v2"


def test_of_two_who_save_at_once_the_later_model_is_the_latest(make_saved, monkeypatch):
    """One is about to say that its model is the latest when another saves a newer one."""
    make_saved("v0", b"0")
    write, others = Path.write_text, []

    def write_slowly(path, text):
        if path.name == "latest" and not others:
            others.append(pool.submit(make_saved, "v2", b"2"))
            with suppress(TimeoutError):
                others[0].result(1)
        return write(path, text)

    with ThreadPoolExecutor() as pool:
        monkeypatch.setattr(Path, "write_text", write_slowly)
        _, record = make_saved("v1", b"1")
        others[0].result(10)

    assert pull(f"bento://{record.name}").version == "v2"


def test_a_version_saved_again_is_not_the_latest(make_saved):
    folder, record = make_saved("v1")
    make_saved("v2", b"2")

    bento.save(folder, record)

    assert pull(f"bento://{record.name}").version == "v2"


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("v9", "not found"),
        ("v", "is not in the BentoML store; m.*:v1 is"),
        ("v-", "Invalid Tag"),
    ],
)
def test_a_model_that_is_not_there_is_an_error(make_saved, version, message):
    _, record = make_saved()

    with pytest.raises(BentoError, match=message) as caught:
        bento.find(BentoURI(record.name, version))

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "version"), [("demo-", "v1"), ("demo", "v1."), ("demo", "latest")]
)
def test_names_bentoml_does_not_allow_are_refused(name, version):
    with pytest.raises(BentoError, match=f"does not allow the name {name}:{version}: both parts"):
        bento.tag(name, version)


def test_names_bentoml_allows_stay_as_they_are():
    assert str(bento.tag("a" * 63, "20261124t081500z-1a2b3c4d")) == (
        "a" * 63 + ":20261124t081500z-1a2b3c4d"
    )
