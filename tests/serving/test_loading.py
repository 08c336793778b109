import pytest

from recommender import artifact
from recommender.manifest import FileEntry
from registry.errors import RegistryError
from registry.pull import pull
from serving.loading import load


def test_a_folder_is_named_by_its_digest(folder):
    loaded = load(pull(str(folder)), "cpu")
    _, digest = artifact.verify(folder)

    assert loaded.reference.digest == digest
    assert digest.startswith(f"sha256:{loaded.reference.version}")
    assert len(loaded.reference.version) == 8
    assert loaded.reference.stale is False
    assert (loaded.name, loaded.uri, loaded.device) == (None, str(folder), "cpu")
    assert loaded.reference.headers == {
        "X-Model-Version": loaded.reference.version,
        "X-Model-Digest": digest,
    }


def test_a_damaged_model_is_not_loaded(folder):
    (folder / "history.safetensors").write_bytes(b"damaged")

    with pytest.raises(RegistryError, match=r"history\.safetensors is not the file of this model"):
        load(pull(str(folder)), "cpu")


def test_every_file_is_hashed_once(folder, monkeypatch):
    hashed, of = [], FileEntry.of

    def note(path):
        hashed.append(path.name)
        return of(path)

    monkeypatch.setattr(FileEntry, "of", note)

    load(pull(str(folder)), "cpu")

    assert sorted(hashed) == sorted({path.name for path in folder.iterdir()} - {"manifest.json"})
