"""Models kept on this machine: ``blobs/HEX`` and, as links to them, ``models/HEX/``.

``names/`` notes what each name meant when it was last asked for. ``unfinished/HEX/`` is where a
model grows that is being fetched.

Everything appears by one rename, so any number of processes may share a cache; a killed one leaves
what it fetched, and its lock is free.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from recommender import artifact
from recommender.errors import ArtifactError
from recommender.manifest import MANIFEST_NAME, digest_of
from registry.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Mapping


def default() -> Path:
    """Return the cache's folder: ESTANTE_CACHE, or one in the user's own cache."""
    chosen = os.environ.get("ESTANTE_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "estante" / "models"


def model_folder(cache: Path, digest: str) -> Path:
    """Return where the model with this digest is, or would be."""
    return cache / "models" / digest.removeprefix("sha256:")


def blob_path(cache: Path, sha256: str) -> Path:
    """Return where a content is, or would be, in a folder that exists."""
    folder = cache / "blobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / sha256


def holds_model(cache: Path, digest: str) -> bool:
    """Tell whether the model is there, every file hashed."""
    try:
        return artifact.verify(model_folder(cache, digest))[1] == digest
    except ArtifactError:
        return False


def add_model(cache: Path, unfinished: Path, manifest: bytes, files: Mapping[str, str]) -> Path:
    """Make a model's folder of verified blobs; a damaged one that is there is replaced.

    Parameters
    ----------
    unfinished
        As `registry.workplace` gives it, in this cache.
    manifest
        The manifest's bytes.
    files
        The SHA-256, in hex, of each other file by its name.
    """
    folder = model_folder(cache, digest_of(manifest))
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in (unfinished / "model", unfinished / "damaged"):
        shutil.rmtree(left, ignore_errors=True)  # by a process that was killed
    model = unfinished / "model"
    model.mkdir()
    (model / MANIFEST_NAME).write_bytes(manifest)
    for name, sha256 in files.items():
        _link(blob_path(cache, sha256), model / name)
    if folder.exists():
        folder.rename(unfinished / "damaged")
    return model.rename(folder)


def remember(cache: Path, uri: str, version: str, digest: str, signer: str | None = None) -> None:
    """Note which version a name means now, and the public key by which it is trusted, if any."""
    note = _note(cache, uri)
    note.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=cache) as temporary:
        unfinished = Path(temporary) / "note"
        unfinished.write_text(json.dumps({"version": version, "digest": digest, "signer": signer}))
        unfinished.replace(note)


def recall(cache: Path, uri: str) -> tuple[str, str, str | None] | None:
    """Return the version, the digest and the signer that a name meant last.

    None if it was never fetched, or the note is damaged, as by a full disk.
    """
    try:
        note = json.loads(_note(cache, uri).read_text())
        version, digest, signer = (note[name] for name in ("version", "digest", "signer"))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    whole = isinstance(version, str) and isinstance(digest, str)
    return (version, digest, signer) if whole and isinstance(signer, str | None) else None


def forget(cache: Path, uri: str, digest: str) -> None:
    """Remove a model that is not needed any more, and what no other model there is made of.

    Whoever has it in memory keeps it there. It stays if another name was last seen to mean it.

    Parameters
    ----------
    uri
        The name by which it was fetched.
    digest
        The model's.
    """
    _note(cache, uri).unlink(missing_ok=True)
    if any(_digest_in(note) == digest for note in (cache / "names").iterdir()):
        return
    with workplace(cache, digest):
        folder = model_folder(cache, digest)
        try:
            manifest, _ = artifact.read_manifest(folder)
        except ArtifactError:
            return
        shutil.rmtree(folder)
        for entry in manifest.files.values():
            blob = blob_path(cache, entry.sha256)
            if blob.exists() and blob.stat().st_nlink == 1:
                blob.unlink()


def _digest_in(note: Path) -> object:
    try:
        return json.loads(note.read_text())["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(cache: Path, uri: str) -> Path:
    return cache / "names" / hashlib.sha256(uri.encode()).hexdigest()


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # not every file system has links
        shutil.copyfile(source, target)
