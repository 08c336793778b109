"""From models to their report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.errors import DataError
from training.evaluate import require_measurable, require_unseen
from training.report.measure import measure
from training.report.study import open_studies, study_figures
from training.report.write import require_report, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recommender.artifact import LoadedModel
    from training.prepared import Prepared


def make(
    prepared: Prepared,
    model: LoadedModel,
    out: Path,
    *,
    champion: LoadedModel | None = None,
    split: str = "test",
    mode: str = "discover",
    cut_offs: Sequence[int],
    storages: Sequence[str] = (),
) -> list[str]:
    """Measure models on a part of a prepared set and write the report.

    Parameters
    ----------
    out
        The folder to write: new, empty, or an older report.
    champion
        A second model, made from the same parts of the same data.
    storages
        Optuna's storages; all their studies are shown.

    Returns
    -------
    list of str
        The names of the files in ``out``.

    Raises
    ------
    DataError
        If ``out`` holds something else, the part is empty or a model has learned from it, or the
        models are of different data.
    StudyError
        If a storage cannot be opened, or holds no study.
    ModeError
        If a model has no such mode.
    """
    require_report(out)
    require_measurable(prepared, split)
    models = {"model": model} | ({} if champion is None else {"champion": champion})
    for loaded in models.values():
        require_unseen(loaded.manifest, prepared, split)
    _require_same_parts(list(models.values()))
    studies = {study.study_name: study_figures(study) for study in open_studies(storages)}
    measured = measure(
        model.model,
        prepared.matrix(split),
        champion=None if champion is None else champion.model,
        split=split,
        mode=mode,
        cut_offs=cut_offs,
        progress=True,
    )
    origins: dict[str, dict[str, Any]] = {
        name: {"digest": loaded.digest, **loaded.manifest.lineage}
        for name, loaded in models.items()
    }
    name = model.manifest.lineage.get("config", {}).get("name", "this model")
    title = f"What the recommendations of {name} are worth"
    return write(out, title, measured, origins=origins, studies=studies)


def _require_same_parts(models: Sequence[LoadedModel]) -> None:
    """Raise unless the models know the same purchases, so that the same count for each."""
    parts = [loaded.manifest.lineage.get("data", {}).get("parts", []) for loaded in models]
    if any(sorted(of_one) != sorted(parts[0]) for of_one in parts):
        raise DataError(
            f"the models learned from different parts, {' and '.join(map(', '.join, parts))}, so "
            "different purchases are new to each; fit both from the same"
        )
