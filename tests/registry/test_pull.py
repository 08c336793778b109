import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import bentoml
import pytest

from registry import blobs, cache, versions
from registry.errors import (
    AbsentError,
    AliasError,
    BentoError,
    BrokenError,
    CacheError,
    IntegrityError,
    RegistryError,
    URIError,
)
from registry.promotion import promote
from registry.pull import export, fetch, keep, last, pull
from registry.push import push


@pytest.fixture
def version(model, artifact):
    return f"{model}:{push(artifact, f'{model}:v1', bento=False).version}"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def key_of(uri, content):
    return blobs.key(uri, hashlib.sha256(content).hexdigest())


def test_a_version_is_pulled_whole(version, uri, artifact, digest, tmp_path):
    pulled = pull(version)

    assert files(pulled.folder) == files(artifact)
    assert pulled.digest == digest(artifact)
    assert (pulled.name, pulled.version, pulled.uri) == (uri.name, "v1", version)
    assert pulled.folder.is_relative_to(tmp_path / "cache")


def test_an_alias_is_pulled_as_what_it_names_now(model, uri, make_artifact, digest):
    one, two = make_artifact("one", a=b"1"), make_artifact("two", a=b"2")
    push(one, f"{model}:v1", bento=False)
    push(two, f"{model}:v2", bento=False)
    promote(f"{model}@prod", "v1", why="the first")
    assert pull(f"{model}@prod").digest == digest(one)

    promote(f"{model}@prod", "v2", why="the second")

    pulled = pull(f"{model}@prod")
    assert (pulled.digest, pulled.version) == (digest(two), "v2")


@pytest.mark.parametrize("other", ["../../outside", "a", "missing"])
def test_a_record_of_other_files_than_the_manifests_is_refused(version, store, uri, other):
    record = versions.read(store, uri, "v1")
    blobs = dict(record.blobs)
    blobs[other] = blobs["b"]
    if other == "missing":
        del blobs["missing"], blobs["b"]
    store.write(versions.key(uri, "v1"), replace(record, blobs=blobs).to_bytes())

    with pytest.raises(IntegrityError, match="names other files than its manifest"):
        pull(version, bento=True)


def test_an_object_that_the_server_cannot_read_is_named(one_attempt, version, store, uri, rot):
    rot(store.read(versions.key(uri, "v1"))[:100])

    with pytest.raises(BrokenError, match=f"cannot read s3://shelf/{versions.key(uri, 'v1')} at"):
        pull(version)


def test_a_folder_is_verified_and_stays_where_it_is(artifact, digest):
    pulled = pull(str(artifact))

    assert pulled.folder == artifact
    assert pulled.digest == digest(artifact)
    assert (pulled.name, pulled.version) == (None, None)

    (artifact / "b").write_bytes(b"Second file")
    with pytest.raises(IntegrityError, match="is not the file of this model"):
        pull(str(artifact))


def test_what_is_there_is_not_fetched_again(version, sent):
    pull(version)
    assert sum("/blobs/" in key for _, key in sent) == 3
    sent.clear()

    pull(version)

    assert [key.rpartition("/")[2] for _, key in sent] == ["v1.json"]


def test_content_shared_with_another_version_is_not_fetched_again(model, make_artifact, sent):
    push(make_artifact("one", a=b"same", b=b"old"), f"{model}:v1", bento=False)
    push(make_artifact("two", a=b"same", b=b"new"), f"{model}:v2", bento=False)
    pull(f"{model}:v1")
    sent.clear()

    pulled = pull(f"{model}:v2")

    fetched = [key.rpartition("/")[2] for _, key in sent if "/blobs/" in key]
    assert fetched == [
        pulled.digest.removeprefix("sha256:"),
        hashlib.sha256(b"new").hexdigest(),
    ]


@pytest.mark.parametrize("damage", [b"First file", b"first", None])
def test_a_damaged_copy_is_replaced(version, artifact, damage):
    copy = pull(version).folder / "a"
    if damage is None:
        copy.unlink()
    else:
        copy.write_bytes(damage)

    assert files(pull(version).folder) == files(artifact)


@pytest.mark.parametrize("which", ["a", "manifest.json"])
def test_a_flipped_bit_is_refused_by_name_and_leaves_nothing(
    version, store, uri, artifact, tmp_path, which
):
    content = (artifact / which).read_bytes()
    key = key_of(uri, content)
    store.write(key, content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(IntegrityError, match=f"s3://shelf/{key} is damaged"):
        pull(version)

    assert not (tmp_path / "cache" / "models").exists()
    left = [path for path in (tmp_path / "cache" / "unfinished").rglob("*") if path.is_file()]
    assert left == []


def test_a_missing_blob_is_an_error_by_name_and_leaves_no_model(
    version, store, uri, artifact, tmp_path
):
    key = key_of(uri, (artifact / "b").read_bytes())
    store.client.delete_object(Bucket=store.bucket, Key=key)

    with pytest.raises(AbsentError, match=f"cannot read s3://shelf/{key} at http"):
        pull(version)

    kept = hashlib.sha256(b"first file").hexdigest()
    assert [path.name for path in (tmp_path / "cache" / "blobs").iterdir()] == [kept]
    assert not (tmp_path / "cache" / "models").exists()


def test_a_pull_that_was_cut_off_goes_on(version, artifact, cut_after, sent):
    cut_after(3)
    with pytest.raises(RuntimeError, match="cut off"):
        pull(version)
    sent.clear()
    cut_after(None)

    assert files(pull(version).folder) == files(artifact)
    contents = [hashlib.sha256(content).hexdigest() for content in (b"first file", b"second file")]
    assert len([sha256 for sha256 in contents if sha256 in str(sent)]) == 1  # whichever came late


def test_many_may_pull_at_once(version, artifact, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        folders = {pulled.folder for pulled in pool.map(pull, [version] * 8)}

    (folder,) = folders
    assert files(folder) == files(artifact)
    assert not [path for path in everything_below(tmp_path / "cache") if "/." in f"/{path}"]


def test_processes_may_share_a_cache(version, artifact):
    command = [sys.executable, "-m", "registry", "pull", version]
    pulls = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = {process.communicate()[0].strip() for process in pulls}

    assert [process.returncode for process in pulls] == [0, 0, 0]
    (folder,) = printed
    assert files(Path(folder)) == files(artifact)


def test_a_pulled_version_is_kept_in_the_bentoml_store_if_asked(version, uri, artifact, digest):
    pull(version)
    with pytest.raises(BentoError):
        pull(f"bento://{uri.name}:v1")

    pull(version, bento=True)
    pull(version, bento=True)

    kept = pull(f"bento://{uri.name}:v1")
    assert (kept.digest, kept.name, kept.version) == (digest(artifact), uri.name, "v1")
    assert {**files(kept.folder), "model.yaml": None} == {**files(artifact), "model.yaml": None}
    assert bentoml.models.get(f"{uri.name}:v1").info.labels == {"digest": digest(artifact)}


def test_only_what_is_on_object_storage_is_pulled_into_the_bentoml_store(model, artifact, sent):
    with pytest.raises(URIError, match="is not on object storage: only what is pulled"):
        pull(str(artifact), bento=True)

    push(artifact, f"{model}:v1.", bento=False)
    sent.clear()
    with pytest.raises(BentoError, match="BentoML does not allow the name"):
        pull(f"{model}:v1.", bento=True)
    assert len(sent) == 1


def test_an_unknown_alias_is_an_error(version, model):
    with pytest.raises(AliasError, match=f"{model}@prod does not exist"):
        pull(f"{model}@prod")
    with pytest.raises(URIError, match=r"give .*@ALIAS or .*:VERSION"):
        pull(model)


def test_progress_is_told_up_to_the_whole_size(version):
    told = []
    pull(version, progress=lambda *step: told.append(step))
    assert sum(moved for moved, _ in told) == len(b"first file") + len(b"second file")
    assert {total for _, total in told} == {21}

    told.clear()
    pull(version, progress=lambda *step: told.append(step))
    assert told == []  # all of it was there


def test_the_last_meaning_of_a_name_is_kept_for_when_the_store_is_gone(
    version, model, uri, store, tmp_path
):
    alias = uri.at_alias("prod")
    assert last(alias) is None
    promote(f"{model}@prod", "v1", why="the first")
    pulled = fetch(store, alias)

    assert last(alias) == pulled

    (pulled.folder / "a").write_bytes(b"damaged")
    assert last(alias) is None


def test_a_cache_can_be_named(version, tmp_path):
    assert pull(version, tmp_path / "mine").folder.is_relative_to(tmp_path / "mine")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_an_error(version, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CacheError, match=r"file \(Not a directory\): .* by ESTANTE_CACHE"):
        pull(version, tmp_path / "file")


def test_a_model_is_copied_to_a_folder_of_its_own(version, artifact, tmp_path):
    pulled = pull(version)

    folder = export(pulled, tmp_path / "deep" / "copy")

    assert files(folder) == files(artifact)
    assert not (folder / "a").samefile(pulled.folder / "a")
    with pytest.raises(RegistryError, match="name a folder that does not exist"):
        export(pulled, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["copy"]


def test_readers_import_no_writers_and_start_quickly():
    """Serving imports these; boto3 and BentoML are imported by those names that need them."""
    code = (
        "import sys\n"
        "from registry import aliases, blobs, cache, pull, uri, versions\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'bentoml', 'boto3', 'minio', 'pandas', 'torch', 'tqdm'}))\n"
        "from registry import store\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'bentoml', 'minio', 'pandas', 'torch', 'tqdm'}))\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert printed == "[]\n[]\n"


def test_the_cache_is_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("ESTANTE_CACHE", "/chosen")
    assert cache.default() == Path("/chosen")
    monkeypatch.delenv("ESTANTE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache.default() == Path("/xdg/estante/models")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.default() == Path.home() / ".cache" / "estante" / "models"


def test_who_follows_an_alias_notes_what_it_means_only_when_it_can_be_used(version, uri):
    alias = uri.at_alias("prod")
    pulled = pull(version)
    assert last(alias) is None

    keep(alias, pulled)

    assert last(alias) == replace(pulled, uri=str(alias))
