"""One file of rows: Parquet, or text separated by tab, comma, semicolon or spaces."""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as pa_csv

from training.errors import ColumnError, EmptyError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.sources import SourceFile

_SEPARATORS = ("\t", ",", ";")
_UNREADABLE = (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, csv.Error)


@dataclass(frozen=True)
class Table:
    """The rows of one file, as the file gives them.

    Attributes
    ----------
    name : str
        What its owner calls the file.
    data : pyarrow.Table
        From a text file only strings; null where there is no value.
    first_row : int
        The number a person gives the first row: 2 below a header line, else 1. Blank lines do
        not count.
    """

    name: str
    data: Any
    first_row: int


def read(file: SourceFile, columns: Sequence[str]) -> Table:
    """Read the named columns of a Parquet file, or of a text file with a header.

    Raises
    ------
    ColumnError
        If the file lacks one of the columns, or has it twice.
    EmptyError
        If the file holds no row.
    SourceError
        If the file is not what its name says.
    """
    names = column_names(file)
    for column in columns:
        if column not in names:
            raise ColumnError(f"{file.name}: no column {column!r}; it has {', '.join(names)}")
        if names.count(column) > 1:
            raise ColumnError(f"{file.name}: more than one column {column!r}; rename the others")
    if not is_parquet(file):
        return read_text(file, names, columns, header=True)
    try:
        data = pq.read_table(file.path, columns=list(columns))
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error
    return _not_empty(Table(file.name, data, first_row=1))


def read_text(
    file: SourceFile, names: Sequence[str], columns: Sequence[str], *, header: bool
) -> Table:
    """Read some columns of a text file whose columns are called `names`, left to right.

    Raises
    ------
    EmptyError
        If the file holds no row.
    SourceError
        If the file is not text in UTF-8 with the same columns in every row.
    """
    separator = _separator(_first_lines(file, 1)[0])
    try:
        data = pa_csv.read_csv(
            _content(file, separator),
            # One thread: only then does a parse error name its row.
            read_options=pa_csv.ReadOptions(
                column_names=list(names), skip_rows=int(header), use_threads=False
            ),
            parse_options=pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error
    return _not_empty(Table(file.name, data, first_row=1 + int(header)))


def is_parquet(file: SourceFile) -> bool:
    """Whether the file is Parquet by its name."""
    return file.path.suffix.lower() in {".parquet", ".pq"}


def column_names(file: SourceFile) -> list[str]:
    """Read the names of the columns: for text, the cells of the first line."""
    if not is_parquet(file):
        return first_cells(file, 1)[0]
    try:
        return cast(list[str], pq.read_schema(file.path).names)
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error


def first_cells(file: SourceFile, n_lines: int) -> list[list[str]]:
    """Read the cells of the first `n_lines` lines of a text file, or of fewer if it is short."""
    lines = _first_lines(file, n_lines)
    separator = _separator(lines[0])
    if separator == " ":
        return [line.split() for line in lines]
    return list(csv.reader(lines, delimiter=separator))


def _first_lines(file: SourceFile, n_lines: int) -> list[str]:
    try:
        with io.TextIOWrapper(_open(file), encoding="utf-8-sig") as stream:
            lines = [line.rstrip("\r\n") for line in islice(stream, n_lines)]
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error
    if not lines or not lines[0].strip():
        raise EmptyError(f"{file.name}: the first line is empty; put the rows there")
    return lines


def _separator(line: str) -> str:
    return next((each for each in _SEPARATORS if each in line), " ")


def _open(file: SourceFile) -> IO[bytes]:
    if file.path.suffix.lower() == ".gz":
        return cast(IO[bytes], gzip.open(file.path, "rb"))
    return file.path.open("rb")


def _content(file: SourceFile, separator: str) -> IO[bytes]:
    """Give the bytes to parse, with runs of spaces made one, as columns are often padded."""
    with _open(file) as stream:
        content = stream.read() + b"\n"  # A lone header without its line end would be an error.
    if separator == " ":
        content = re.sub(rb" +", b" ", re.sub(rb"^ +| +(?=\r?$)", b"", content, flags=re.MULTILINE))
    return io.BytesIO(content)


def _unreadable(file: SourceFile, error: Exception) -> SourceError:
    kind = "Parquet" if is_parquet(file) else "text in UTF-8 with the same columns in every row"
    return SourceError(f"{file.name}: not {kind}: {str(error).splitlines()[0]}")


def _not_empty(table: Table) -> Table:
    if table.data.num_rows == 0:
        raise EmptyError(f"{table.name} has columns but no rows; give a file with at least one row")
    return table
