"""A fitted model as a folder: ``manifest.json``, arrays, and tables for people.

Serving opens the arrays only; whoever wants to look opens the Parquet tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender import scorers, tensors
from recommender.atomic_folder import replacing
from recommender.catalogue import Catalogue
from recommender.errors import ArtifactError
from recommender.history import History
from recommender.manifest import MANIFEST_NAME, FileEntry, Manifest, ScorerEntry, digest_of
from recommender.model import Model
from recommender.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recommender.tensors import Arrays

_CUSTOMERS = "customers.safetensors"
_CATALOGUE = "catalogue.safetensors"
_HISTORY = "history.safetensors"


@dataclass(frozen=True)
class LoadedModel:
    """A model read from a verified folder, with what its manifest says and its digest."""

    model: Model
    manifest: Manifest
    digest: str


def write(
    folder: Path,
    model: Model,
    *,
    lineage: Mapping[str, Any],
    metrics: Mapping[str, Any],
    tables: Mapping[str, bytes] | None = None,
) -> str:
    """Write a model; the folder appears whole or not at all, and replaces an older model.

    Parameters
    ----------
    folder
        Where to; it may hold a model already, and nothing else.
    tables
        Tables for people: content by file name.

    Returns
    -------
    str
        The model's digest.

    Raises
    ------
    ArtifactError
        If the folder holds something that is not a model.
    """
    require_replaceable(folder)
    with replacing(folder) as unfinished:
        return _write_files(unfinished, model, lineage, metrics, tables or {})


def require_replaceable(folder: Path) -> None:
    """Raise unless a model may be written to a folder: new, empty, or an older model's.

    Raises
    ------
    ArtifactError
        If it holds something else.
    """
    if (folder / MANIFEST_NAME).exists() or not folder.exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise ArtifactError(f"{folder} exists and holds no model; name another folder or remove it")


def _write_files(
    folder: Path,
    model: Model,
    lineage: Mapping[str, Any],
    metrics: Mapping[str, Any],
    tables: Mapping[str, bytes],
) -> str:
    entries = {
        name: ScorerEntry(scorer.kind, f"scorer-{name}.safetensors")
        for name, scorer in model.scorers.items()
    }
    contents: dict[str, Arrays] = {
        _CUSTOMERS: tensors.pack_strings("customer_ids", tuple(model.customers)),
        _CATALOGUE: model.catalogue.to_arrays(),
        _HISTORY: model.history.to_arrays(),
    } | {entries[name].file: scorers.to_arrays(scorer) for name, scorer in model.scorers.items()}
    for name, arrays in contents.items():
        tensors.write(folder / name, arrays)
    for name, table in tables.items():
        (folder / name).write_bytes(table)
    files = {path.name: FileEntry.of(path) for path in sorted(folder.iterdir())}
    data = Manifest(files, entries, model.modes, lineage, metrics).to_bytes()
    (folder / MANIFEST_NAME).write_bytes(data)
    return digest_of(data)


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """Return a model's manifest and digest, its files unread.

    Raises
    ------
    ArtifactError
        If the folder holds no readable manifest.
    """
    try:
        data = (folder / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"{folder} holds no model: {MANIFEST_NAME} cannot be read ({error.strerror}); "
            "give the folder that training wrote with --out, or that was pulled"
        ) from None
    return Manifest.from_bytes(data), digest_of(data)


def verify(folder: Path) -> tuple[Manifest, str]:
    """Return a model's manifest and digest after hashing every file.

    Raises
    ------
    ArtifactError
        Naming the file that is missing or not the one the manifest describes.
    """
    manifest, digest = read_manifest(folder)
    for name, expected in manifest.files.items():
        try:
            found = FileEntry.of(folder / name)
        except OSError as error:
            raise ArtifactError(
                f"{folder / name} cannot be read ({error.strerror}); pull or fit the model again"
            ) from None
        if found != expected:
            raise ArtifactError(
                f"{folder / name} is not the file of this model: {found.size} bytes with SHA-256 "
                f"{found.sha256}, expected {expected.size} with {expected.sha256}; "
                "pull or fit the model again"
            )
    return manifest, digest


def load(folder: Path, device: str = "cpu", *, verified: str | None = None) -> LoadedModel:
    """Verify a folder and read its model; arrays are memory maps.

    Parameters
    ----------
    device
        ``cpu``, or the torch device on which to score, as ``cuda``.
    verified
        The digest with which `verify`, or a pull, found this folder whole a moment ago: it is
        not hashed again, and only its manifest compared.

    Raises
    ------
    ArtifactError
        If a file is missing or changed, or the parts do not fit together.
    """
    manifest, digest = read_manifest(folder) if verified else verify(folder)
    if verified not in (None, digest):
        raise ArtifactError(
            f"{folder} holds the model {digest} and no longer {verified}; pull or fit the model "
            "again"
        )
    try:
        model = _read_model(folder, manifest, device)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise ArtifactError(
            f"{folder} is whole, but not a model that can be read ({type(error).__name__}: "
            f"{error}); fit the model again"
        ) from None
    return LoadedModel(model, manifest, digest)


def _read_model(folder: Path, manifest: Manifest, device: str) -> Model:
    def read(name: str) -> Arrays:
        if name not in manifest.files:
            raise ArtifactError(f"{MANIFEST_NAME} does not list {name}; fit the model again")
        return tensors.read(folder / name)

    catalogue = Catalogue.from_arrays(read(_CATALOGUE))
    return Model(
        customers=Vocabulary(tensors.unpack_strings("customer_ids", read(_CUSTOMERS))),
        catalogue=catalogue,
        history=History.from_arrays(read(_HISTORY), len(catalogue)),
        scorers={
            name: scorers.from_arrays(entry.kind, read(entry.file))
            for name, entry in manifest.scorers.items()
        },
        modes=manifest.modes,
        device=device,
    )
