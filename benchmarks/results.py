"""Results as people read them and as programs do, with what they were measured on."""

from __future__ import annotations

import csv
import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from training import lineage

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parent / "results"


Row = Sequence[str | float]


@dataclass(frozen=True)
class Table:
    """One question and its answer, row by row; a cell is text, or a number to be rounded."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]

    def markdown(self) -> str:
        """Return the table as people read it."""
        lines = [self.columns, ["---"] * len(self.columns)]
        lines += [[_text(cell) for cell in row] for row in self.rows]
        return "\n".join([f"## {self.title}", "", *(f"| {' | '.join(line)} |" for line in lines)])


def circumstances(data: Iterable[str]) -> list[str]:
    """Say on what the numbers were measured: hardware, commit, data, command, libraries.

    Parameters
    ----------
    data
        A line for each data set.
    """
    commit = lineage.code()
    changed = " with changes" if commit["changed"] else ""
    program = Path(sys.argv[0]).stem
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy"))
    return [
        f"hardware: {_processor()}",
        f"commit: {commit['commit']}{changed}",
        *(f"data: {line}" for line in data),
        f"command: {shlex.join(['python', '-m', f'benchmarks.{program}', *sys.argv[1:]])}",
        f"libraries: python {platform.python_version()}, {libraries}",
    ]


def write(
    folder: Path, name: str, about: Sequence[str], tables: Sequence[Table], raw: Table
) -> str:
    """Write ``name.md`` with the tables, and ``name.csv`` with what they were made from.

    Returns
    -------
    str
        What is in the former.
    """
    notes = [f"- {line}" for line in about]
    text = "\n\n".join([f"# {name}", "\n".join(notes), *(each.markdown() for each in tables)])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([raw.columns, *raw.rows])
    return text


def _text(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:.3g}"


def _processor() -> str:
    """Name the processor, as far as the system tells, and how many cores there are to use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} cores, {names[0]}" if names else platform.processor()
