"""From what was measured to a folder with the page and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recommender.atomic_folder import replacing
from training.errors import DataError
from training.report.figures import figures
from training.report.page import page
from training.report.svg import to_png

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

    from training.report.measure import Measured

PAGE = "report.html"


def write(
    folder: Path,
    title: str,
    measured: Measured,
    *,
    origins: Mapping[str, Mapping[str, Any]],
    studies: Mapping[str, Mapping[str, Figure]] | None = None,
) -> list[str]:
    """Write the page and each figure as a PNG; the folder appears whole or not at all.

    Parameters
    ----------
    folder
        New, empty, or an older report, which is replaced.
    origins
        Where each model comes from, by what to call it.
    studies
        The figures of each search for parameters, by the study's name.

    Returns
    -------
    list of str
        The names of the files.

    Raises
    ------
    DataError
        If the folder holds something else.
    """
    require_report(folder)
    drawn, studies = figures(measured), studies or {}
    pictures = {f"{name}.png": figure for name, figure in drawn.items()} | {
        f"study-{number}-{name}.png": figure
        for number, of_one in enumerate(studies.values(), start=1)
        for name, figure in of_one.items()
    }
    with replacing(folder) as unfinished:
        text = page(title, measured, drawn, studies, origins)
        (unfinished / PAGE).write_text(text, encoding="utf-8")
        for name, figure in pictures.items():
            (unfinished / name).write_bytes(to_png(figure))
    return [PAGE, *pictures]


def require_report(folder: Path) -> None:
    """Raise unless a report may be written to a folder: new, empty, or an older report's.

    Raises
    ------
    DataError
        If it holds something else.
    """
    if (folder / PAGE).exists() or not folder.exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise DataError(f"{folder} exists and holds no report; name another folder or remove it")
