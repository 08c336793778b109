"""From a verified folder to a snapshot that has answered already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender import artifact
from serving.snapshot import Reference, Snapshot
from serving.trial import require_answers

if TYPE_CHECKING:
    from registry.pull import Pulled

_SHORT = 8  # hex digits


def load(pulled: Pulled, device: str, *, uri: str | None = None) -> Snapshot:
    """Read and warm a model that was hashed a moment ago.

    Parameters
    ----------
    uri
        What it was asked for as, where that is not how it was pulled.

    Raises
    ------
    ArtifactError
        If it cannot be read, or fails a trial.
    """
    loaded = artifact.load(pulled.folder, device, verified=pulled.digest)
    version = pulled.version or loaded.digest.removeprefix("sha256:")[:_SHORT]
    reference = Reference(version, loaded.digest)
    snapshot = Snapshot(loaded, reference, pulled.name, uri or pulled.uri, device)
    require_answers(snapshot.model, None, str(snapshot))
    return snapshot
