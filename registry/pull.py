"""Getting a model by its name: a verified folder on this machine."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recommender import artifact
from recommender.errors import ArtifactError
from recommender.manifest import FileEntry
from registry import aliases, blobs, manifests, signatures, versions
from registry import cache as caches
from registry.download import Wanted, download
from registry.errors import CacheError, IntegrityError, RegistryError, URIError
from registry.progress import of_total
from registry.uri import S3URI, BentoURI, parse
from registry.workplace import workplace

if TYPE_CHECKING:
    from registry.progress import Progress
    from registry.store import Store
    from registry.versions import VersionRecord


@dataclass(frozen=True)
class Pulled:
    """A model on this machine; every file was hashed.

    Parameters
    ----------
    folder
        Where it is; not to be changed.
    digest
        ``sha256:`` and the hex SHA-256 of its manifest.
    name, version
        Its name and version; None for a plain folder.
    uri
        As it was asked for.
    """

    folder: Path
    digest: str
    name: str | None
    version: str | None
    uri: str


def pull(
    uri: str,
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    bento: bool = False,
) -> Pulled:
    """Get the model that a name means now.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix/NAME@ALIAS``, ``...:VERSION``, ``bento://NAME:VERSION`` or a folder.
    cache
        Folder for what is fetched; `registry.cache.default` if not given. What is there already
        is hashed, not fetched.
    progress
        Told of the bytes that arrived since it was told last, and of the bytes in all.
    bento
        Whether to keep it in this machine's BentoML model store too.

    Raises
    ------
    RegistryError
        Of the kind that says what to do.
    """
    named = parse(uri)
    if isinstance(named, S3URI):
        # Imported when needed: who serves a folder need not wait for boto3, nor for BentoML.
        from registry.store import Store  # noqa: PLC0415

        return fetch(Store.open(named.bucket), named, cache, progress, bento=bento)
    if bento:
        raise URIError(
            f"{uri} is not on object storage: only what is pulled from there is kept in the "
            "BentoML store; push keeps a folder in both"
        )
    if isinstance(named, BentoURI):
        from registry.bento import find  # noqa: PLC0415

        model = find(named)
        return _verified(Path(model.path), uri, named.name, model.tag.version)
    return _verified(named.path, uri, None, None)


def _verified(folder: Path, uri: str, name: str | None, version: str | None) -> Pulled:
    try:
        _, digest = artifact.verify(folder)
    except ArtifactError as error:
        raise IntegrityError(str(error)) from error
    return Pulled(folder, digest, name, version, uri)


def _record(store: Store, uri: S3URI) -> tuple[str, VersionRecord]:
    if uri.version:
        return uri.version, versions.read(store, uri, uri.version)
    if not uri.alias:
        raise URIError(
            f"{uri} is a model, of which there may be many versions: give {uri}@ALIAS or "
            f"{uri}:VERSION; python -m registry list {uri} shows both"
        )
    promoted = aliases.read(store, uri)
    record = versions.read(store, uri, promoted.target)
    versions.require_digest(record, promoted.digest)
    return promoted.target, record


def fetch(
    store: Store,
    uri: S3URI,
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    bento: bool = False,
) -> Pulled:
    """Get a model from a store that is open already; otherwise as `pull`."""
    version, record = _record(store, uri)
    folder = cache or caches.default()
    if bento:
        from registry.bento import save, tag  # noqa: PLC0415

        tag(uri.name, version)  # refuses before anything is fetched
    try:
        if not caches.holds_model(folder, record.digest):
            _fill(folder, store, uri, record, progress)
        signer = signatures.trusted_signer(record.signature)
        caches.remember(folder, str(uri), version, record.digest, signer)
    except OSError as error:
        raise CacheError(
            f"cannot keep {uri} in {folder} ({error.strerror}): make room or give rights there, "
            "or name another folder by ESTANTE_CACHE"
        ) from error
    model = caches.model_folder(folder, record.digest)
    if bento:
        save(model, record)
    return Pulled(model, record.digest, uri.name, version, str(uri))


def last(uri: S3URI, cache: Path | None = None) -> Pulled | None:
    """Return what a name meant when it was last fetched, for when the store cannot be asked.

    None if it was never fetched, or the copy is damaged.

    Raises
    ------
    SignatureError
        If the copy was not signed by one of ESTANTE_PUBLIC_KEYS, if that is set.
    """
    folder = cache or caches.default()
    noted = caches.recall(folder, str(uri))
    if noted is None or not caches.holds_model(folder, noted[1]):
        return None
    version, digest, signer = noted
    signatures.require_still_trusted(signer, f"the copy of {uri} in {folder}")
    return Pulled(caches.model_folder(folder, digest), digest, uri.name, version, str(uri))


def keep(uri: S3URI, pulled: Pulled, cache: Path | None = None) -> None:
    """Note that a name means a model that was fetched by its version, so that `last` returns it.

    For who follows an alias, and notes as its last model only what can be used.

    Raises
    ------
    CacheError
        If it cannot be noted.
    """
    folder, version = cache or caches.default(), str(pulled.version)
    fetched = caches.recall(folder, str(uri.at_version(version)))
    signer = fetched[2] if fetched else None
    try:
        caches.remember(folder, str(uri), version, pulled.digest, signer)
    except OSError as error:
        raise CacheError(
            f"cannot note in {folder} what {uri} means ({error.strerror}): make room or give "
            "rights there, or name another folder by ESTANTE_CACHE"
        ) from error


def _holds(path: Path, entry: FileEntry) -> bool:
    """Tell whether a file is there and is what its name says."""
    try:
        return path.stat().st_size == entry.size and FileEntry.of(path) == entry
    except OSError:
        return False


def _fill(
    cache: Path,
    store: Store,
    uri: S3URI,
    record: VersionRecord,
    progress: Progress | None,
) -> None:
    with workplace(cache, record.digest) as unfinished:
        if caches.holds_model(cache, record.digest):
            return  # by another process, for which this one waited
        manifest, data = manifests.read_matching(store, uri, record)
        moved = of_total(progress, sum(entry.size for entry in manifest.files.values()))
        wanted = {}
        for entry in manifest.files.values():
            path = caches.blob_path(cache, entry.sha256)
            if entry.sha256 in wanted or _holds(path, entry):
                moved(entry.size)
            else:
                wanted[entry.sha256] = Wanted(
                    blobs.key(uri, entry.sha256), entry, unfinished / entry.sha256, path
                )
        download(store, list(wanted.values()), moved)
        files = {name: entry.sha256 for name, entry in manifest.files.items()}
        caches.add_model(cache, unfinished, data, files)


def export(pulled: Pulled, folder: Path) -> Path:
    """Copy a model to a folder of its own, which appears whole; return its absolute path.

    Raises
    ------
    RegistryError
        If the folder exists and is not empty.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
            unfinished = Path(temporary) / "model"
            unfinished.mkdir()
            for path in pulled.folder.iterdir():  # not copytree, whose errors are lists of others
                shutil.copyfile(path, unfinished / path.name)
            unfinished.rename(folder)  # takes the place of an empty folder only
    except OSError as error:
        raise RegistryError(
            f"cannot write {folder} ({error.strerror}): name a folder that does not exist, "
            "below one that can be written"
        ) from error
    return folder
