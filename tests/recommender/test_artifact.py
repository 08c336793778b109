import json

import numpy as np
import pytest

from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.errors import ArtifactError
from recommender.history import History
from recommender.manifest import FileEntry, Manifest, digest_of
from recommender.model import Model
from recommender.query import Query
from recommender.recommend import recommend
from recommender.scorers import to_arrays
from recommender.vocabulary import Vocabulary


def write(folder, model, **changes):
    return artifact.write(folder, model, **({"lineage": {"seed": 0}, "metrics": {}} | changes))


@pytest.fixture
def folder(tmp_path, model):
    write(tmp_path / "model", model, tables={"products.parquet": b"for people"})
    return tmp_path / "model"


def test_a_model_survives(folder, model):
    loaded = artifact.load(folder)
    queries = [Query("ana"), Query("bo", mode="rebuy"), Query("ana", mode="mixed"), Query(None)]
    assert recommend(loaded.model, queries) == recommend(model, queries)
    assert loaded.manifest.lineage == {"seed": 0}


def is_mapped(array):
    while not isinstance(array, np.memmap) and array is not None:
        array = array.base
    return array is not None


def test_a_scorer_of_every_kind_survives_in_the_same_bytes(tmp_path, every_kind):
    n_customers, n_products = every_kind["factors"].shape
    bought = every_kind["repeat"]
    model = Model(
        Vocabulary([f"c{row}" for row in range(n_customers)]),
        Catalogue([f"p{row}" for row in range(n_products)], ["p"] * n_products, [""] * n_products),
        History(bought.indptr, bought.products, n_products),
        every_kind,
        {"discover": dict.fromkeys(every_kind, 0.5)},
    )
    digest = write(tmp_path / "once", model)
    loaded = artifact.load(tmp_path / "once").model
    queries = [Query("c0"), Query("c2"), Query("c2", basket=("p3", "p2")), Query("c6", k=3)]
    assert recommend(loaded, queries) == recommend(model, queries)
    arrays = [array for each in loaded.scorers.values() for array in to_arrays(each).values()]
    assert all(is_mapped(array) for array in arrays)
    assert write(tmp_path / "twice", loaded) == digest


def test_the_digest_is_that_of_the_manifest(folder):
    assert artifact.load(folder).digest == digest_of((folder / "manifest.json").read_bytes())


def test_the_same_model_gives_the_same_bytes(folder, tmp_path, model):
    digest = write(tmp_path / "again", model, tables={"products.parquet": b"for people"})
    assert digest == artifact.load(folder).digest
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_another_lineage_gives_another_digest(folder, tmp_path, model):
    assert write(tmp_path / "other", model, lineage={"seed": 1}) != artifact.load(folder).digest


def test_arrays_are_not_read_into_memory(folder):
    factors = artifact.load(folder).model.scorers["factors"].product_factors
    assert is_mapped(factors)
    assert type(factors) is np.ndarray  # views of a memmap object are slow to make


def test_every_changed_file_is_named(folder):
    for path in folder.glob("*.*"):
        if path.name == "manifest.json":
            continue
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(ArtifactError, match=f"{path.name} is not the file.*again"):
            artifact.load(folder)
        path.unlink()
        with pytest.raises(ArtifactError, match=f"{path.name} cannot be read"):
            artifact.load(folder)
        path.write_bytes(whole)
    artifact.load(folder)


def test_what_was_verified_is_not_hashed_again(folder, hashed):
    _, digest = artifact.verify(folder)
    names = {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert set(hashed) == names
    hashed.clear()

    assert artifact.load(folder, verified=digest).digest == digest

    assert hashed == []


@pytest.fixture
def hashed(monkeypatch):
    """List the names of the files that are hashed from now on."""
    names, of = [], FileEntry.of

    def note(path):
        names.append(path.name)
        return of(path)

    monkeypatch.setattr(FileEntry, "of", note)
    return names


def test_a_folder_with_another_model_than_was_verified_is_refused(folder, model):
    digest = artifact.load(folder).digest
    write(folder, model, lineage={"seed": 1})

    with pytest.raises(ArtifactError, match=f"holds the model sha256:.* and no longer {digest}"):
        artifact.load(folder, verified=digest)


def test_a_folder_without_a_manifest_is_no_model(tmp_path):
    with pytest.raises(ArtifactError, match=r"holds no model: manifest\.json"):
        artifact.load(tmp_path)


def change_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(format_version=9), "format version 9.*reads 1"),
        (lambda m: m.pop("scorers"), "form .KeyError: 'scorers'"),
        (lambda m: m["files"].update({"../up": {"size": 1, "sha256": "0" * 64}}), "file name"),
        (lambda m: m["files"].update(a={"size": -1, "sha256": "0" * 64}), "file entry"),
        (lambda m: m["scorers"]["factors"].update(kind="oracle"), "'oracle' is unknown"),
        (lambda m: m["scorers"]["factors"].update(file="elsewhere"), "does not list elsewhere"),
        (lambda m: m["modes"].update(guess={"factors": 1}), "'guess'"),
        (lambda m: m["files"].pop("history.safetensors"), "does not list history"),
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused(folder, change, message):
    change_manifest(folder, change)
    with pytest.raises(ArtifactError, match=message):
        artifact.load(folder)


def test_a_manifest_that_is_no_json_is_refused(folder):
    (folder / "manifest.json").write_bytes(b"{")
    with pytest.raises(ArtifactError, match="not JSON"):
        artifact.load(folder)


def test_a_manifest_survives(folder):
    data = (folder / "manifest.json").read_bytes()
    assert Manifest.from_bytes(data).to_bytes() == data


def test_a_newer_model_replaces_an_older_one(folder, model):
    digest = write(folder, model)
    assert artifact.load(folder).digest == digest
    assert not (folder / "products.parquet").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path, model):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(ArtifactError, match="holds no model; name another folder"):
        write(tmp_path, model)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_failed_write_leaves_nothing(tmp_path, model):
    with pytest.raises(TypeError):
        write(tmp_path / "model", model, lineage={"seed": object()})
    assert not list(tmp_path.iterdir())


def test_others_may_read_a_model(folder):
    """A container reads it as another user."""
    assert {path.stat().st_mode & 0o044 for path in [folder, *folder.iterdir()]} == {0o044}
