"""Models in the BentoML model store of this machine, where BentoML's own tools find them.

A model is BentoML's ``model.yaml`` beside the files of the artifact, so that its folder there is
an artifact folder as any other.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
from bentoml import Tag
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import Model, ModelStore
from bentoml.exceptions import BentoMLException

from recommender import artifact
from recommender.errors import ArtifactError
from recommender.manifest import MANIFEST_NAME
from registry.errors import BentoError
from registry.workplace import workplace

if TYPE_CHECKING:
    from registry.uri import BentoURI
    from registry.versions import VersionRecord


def tag(name: str, version: str) -> Tag:
    """Return BentoML's name of a version; its rules are narrower than the registry's.

    Raises
    ------
    BentoError
        If BentoML does not allow it.
    """
    try:
        if version != "latest":  # a file's name in BentoML's store
            return Tag(name, version)
    except ValueError:
        pass
    raise BentoError(
        f"BentoML does not allow the name {name}:{version}: both parts must end in a letter or "
        "digit, and no version is called latest; choose others, or push with --no-bento"
    )


def save(folder: Path, record: VersionRecord) -> Tag:
    """Keep a model in the store; it appears there whole, and keeping it again does nothing.

    BentoML's own way makes the folder first and fills it afterwards, in sight of readers; here
    it fills one elsewhere, which is then renamed.

    Parameters
    ----------
    folder
        The model: verified.

    Raises
    ------
    BentoError
        If the store holds another model of that name and version, or a damaged one; or if it
        cannot be written.
    """
    named = tag(record.name, record.version)
    try:
        models = Path(BentoMLContainer.model_store_dir.get())
        # Beside the store, in a folder of BentoML's own for what is not finished.
        root = Path(BentoMLContainer.tmp_bento_store_dir.get(), "estante")
        with workplace(root, record.digest) as place:
            if not (models / named.path()).exists():
                _put(models, _written(place, named, folder, record))
        with workplace(root, f"latest-{named.name}") as place:  # one at a time looks and writes
            _point_to_latest(models, named, place)
    except OSError as error:
        raise BentoError(
            f"BentoML's store on this machine cannot take {named} ({error}); set BENTOML_HOME to "
            "a folder that can be written, or do without (push --no-bento, pull without --bento)"
        ) from error
    _require_digest(models / named.path(), named, record.digest)
    return named


def _written(place: Path, named: Tag, folder: Path, record: VersionRecord) -> Path:
    """Make a model store of this one model; return the model's folder in it."""
    manifest, _ = artifact.read_manifest(folder)
    shutil.rmtree(place)  # what a killed process left
    place.mkdir()
    with bentoml.models.create(
        named,
        labels={"digest": record.digest},
        metadata={
            "pushed": {"who": record.who, "when": record.when},
            "lineage": _plain(manifest.lineage),
            "metrics": _plain(manifest.metrics),
        },
        _model_store=ModelStore(place),
    ):
        pass
    for name in (*manifest.files, MANIFEST_NAME):  # what the digest vouches for, and no more
        shutil.copyfile(folder / name, place / named.path() / name)
    _require_copied(place / named.path(), named, record.digest)
    return place / named.path()


def _put(models: Path, written: Path) -> None:
    """Move a model into the store; the first of its name with BentoML's ``latest`` beside it."""
    models.mkdir(parents=True, exist_ok=True)
    name = models / written.parent.name
    if not _renamed(written.parent, name):
        _renamed(written, name / written.name)


def _renamed(unfinished: Path, target: Path) -> bool:
    """Rename a folder; tell whether it was this call that put one there."""
    try:
        unfinished.rename(target)
    except OSError:
        if not target.exists():  # else another process was faster, or there are other versions
            raise
        return False
    return True


def _point_to_latest(models: Path, named: Tag, place: Path) -> None:
    """Let ``latest`` name what was saved last, even if who saved it was killed before."""
    latest = models / named.latest_path()
    with suppress(OSError, BentoMLException):  # it names nothing
        other = Model.from_path(latest.parent / latest.read_text().strip())
        if other.creation_time >= Model.from_path(models / named.path()).creation_time:
            return
    unfinished = place / "latest"
    unfinished.write_text(str(named.version))
    unfinished.replace(latest)


def _plain(value: Any) -> Any:
    """Return a copy without nulls, which BentoML's metadata cannot hold."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [_plain(entry) for entry in value if entry is not None]
    return value


def _require_copied(copy: Path, named: Tag, digest: str) -> None:
    try:
        reason = "" if artifact.verify(copy)[1] == digest else "it is another model"
    except ArtifactError as error:
        reason = str(error)
    if reason:
        raise BentoError(
            f"the copy of {named} for BentoML's store is not what it was made of ({reason}); "
            "nothing was put there; try again"
        )


def _require_digest(target: Path, named: Tag, digest: str) -> None:
    try:
        found = artifact.verify(target)[1]
    except ArtifactError as error:
        raise BentoError(
            f"the BentoML model {named} is damaged ({error}); remove it by bentoml models delete "
            f"{named}, then push again"
        ) from error
    if found != digest:
        raise BentoError(
            f"the BentoML model {named} exists with the digest {found}, not {digest}; choose "
            f"another version, or remove it by bentoml models delete {named}"
        )


def find(uri: BentoURI) -> bentoml.Model:
    """Find a model in the store.

    Raises
    ------
    BentoError
        If it is not there.
    """
    try:
        model = bentoml.models.get(f"{uri.name}:{uri.version}")
    except (BentoMLException, ValueError) as error:
        raise BentoError(f"{uri}: {' '.join(str(error).split())}") from error
    # BentoML takes the beginning of a version for the version if only one begins so.
    if uri.version not in ("latest", model.tag.version):
        raise BentoError(f"{uri} is not in the BentoML store; {model.tag} is")
    return model
