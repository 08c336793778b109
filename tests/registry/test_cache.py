import hashlib
from pathlib import Path

import pytest

from recommender.manifest import digest_of
from registry import cache
from registry.workplace import workplace


@pytest.fixture
def root(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def add(root, make_artifact):
    """Return a function that adds a model whose content is in the cache."""
    folder = make_artifact()
    hashes = {}
    for name in ("a", "b"):
        content = (folder / name).read_bytes()
        hashes[name] = hashlib.sha256(content).hexdigest()
        cache.blob_path(root, hashes[name]).write_bytes(content)
    manifest = (folder / "manifest.json").read_bytes()

    def add():
        with workplace(root, digest_of(manifest)) as unfinished:
            return cache.add_model(root, unfinished, manifest, hashes)

    return add


def test_a_model_is_made_of_links_to_its_content(root, add):
    folder = add()

    content = hashlib.sha256(b"first file").hexdigest()
    assert folder.parent == root / "models"
    assert (folder / "a").samefile(cache.blob_path(root, content))
    assert cache.holds_model(root, f"sha256:{folder.name}")
    assert {path.name for path in root.iterdir()} == {"blobs", "models", "locks", "unfinished"}


def test_where_there_are_no_links_it_is_made_of_copies(root, add, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)

    assert (add() / "a").read_bytes() == b"first file"


def test_a_damaged_model_is_replaced(root, add):
    folder = add()
    (folder / "b").unlink()
    assert not cache.holds_model(root, f"sha256:{folder.name}")

    assert (add() / "b").read_bytes() == b"second file"
    assert {path.name for path in root.iterdir()} == {"blobs", "models", "locks", "unfinished"}


def test_a_model_that_cannot_be_put_there_is_an_error(root, add, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refuse)

    with pytest.raises(PermissionError):
        add()

    assert list((root / "models").iterdir()) == []


def test_what_a_killed_process_left_is_no_problem(root, add):
    folder = add()
    left = root / "unfinished" / folder.name / "model"
    left.mkdir(parents=True)
    (left / "a").write_bytes(b"half")

    assert (add() / "a").read_bytes() == b"first file"
    assert list((root / "unfinished").iterdir()) == []


def test_a_model_that_is_not_there_is_not_held(root):
    assert not cache.holds_model(root, "sha256:" + "0" * 64)


def test_names_mean_what_they_meant_last(root):
    root.mkdir()
    assert cache.recall(root, "s3://shelf/demo@prod") is None

    cache.remember(root, "s3://shelf/demo@prod", "v1", "sha256:1")
    cache.remember(root, "s3://shelf/demo@prod", "v2", "sha256:2")
    cache.remember(root, "s3://shelf/other@prod", "v3", "sha256:3", "a key")

    assert cache.recall(root, "s3://shelf/demo@prod") == ("v2", "sha256:2", None)


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"\xff", b"[]", b"{}", b'{"version": 1, "digest": 2, "signer": 3}']
)
def test_a_damaged_note_is_none(root, damaged):
    root.mkdir()
    cache.remember(root, "s3://shelf/demo@prod", "v1", "sha256:1")
    (note,) = (root / "names").iterdir()
    note.write_bytes(damaged)

    assert cache.recall(root, "s3://shelf/demo@prod") is None


def test_what_is_forgotten_leaves_what_others_are_made_of(root, add):
    folder = add()
    digest = digest_of((folder / "manifest.json").read_bytes())
    shared = cache.blob_path(root, hashlib.sha256((folder / "a").read_bytes()).hexdigest())
    (root / "another model's").hardlink_to(shared)
    for name in ("s3://shelf/demo:v1", "s3://shelf/demo@prod"):
        cache.remember(root, name, "v1", digest)

    cache.forget(root, "s3://shelf/demo:v1", digest)
    assert cache.holds_model(root, digest)  # the alias means it
    cache.remember(root, "s3://shelf/demo@prod", "v2", "sha256:2")
    cache.forget(root, "s3://shelf/demo:v1", digest)

    assert not folder.exists()
    assert list((root / "blobs").iterdir()) == [shared]
    assert cache.recall(root, "s3://shelf/demo:v1") is None
    cache.forget(root, "s3://shelf/demo:v1", digest)  # it is gone already
