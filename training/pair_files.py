"""Published train and test files: customer, product and perhaps time, with a header or without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from training import tables
from training.errors import ColumnError
from training.purchases import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from training.sources import SourceFile

_KNOWN = {
    "customer_id": {"customer", "household", "user", "client", "member", "visitor", "uid"},
    "product_id": {"product", "item", "article", "sku", "movie", "iid"},
    "time": {"time", "timestamp", "date", "datetime"},
}
_WITHOUT_HEADER = ("customer_id", "product_id", "time")


def read(files: Iterable[SourceFile]) -> pd.DataFrame:
    """Read files of purchases.

    Returns
    -------
    DataFrame
        customer_id, product_id and, if every file has it, time.

    Raises
    ------
    DataError
        If a file cannot be read, or does not say which column means what.
    """
    return pd.concat([_read(file) for file in files], join="inner", ignore_index=True)


def _read(file: SourceFile) -> pd.DataFrame:
    lines = [tables.column_names(file)] if tables.is_parquet(file) else tables.first_cells(file, 2)
    named = _by_name(lines[0])
    if {"customer_id", "product_id"} <= set(named):
        return typed(tables.read(file, list(named.values())), named)
    if tables.is_parquet(file) or _is_header(lines, named):
        raise ColumnError(
            f"{file.name}: cannot tell customer and product among the columns "
            f"{', '.join(lines[0])}; call them customer, product and time"
        )
    if not 2 <= len(lines[0]) <= len(_WITHOUT_HEADER):
        raise ColumnError(
            f"{file.name}: columns without a header: {len(lines[0])}; give customer, product and "
            "perhaps time, one purchase a line, or a header line that names them"
        )
    names = _WITHOUT_HEADER[: len(lines[0])]
    return typed(
        tables.read_text(file, names, names, header=False), dict(zip(names, names, strict=True))
    )


def _by_name(cells: Sequence[str]) -> dict[str, str]:
    """Find the first column of each meaning among the cells of a possible header."""
    # "user_id:token", "UserID" and "user" are all the user.
    words = {
        cell: re.sub(r"(?<=..)[ _-]?id$", "", cell.strip().lower().partition(":")[0])
        for cell in cells
    }
    found = {
        meaning: next((cell for cell, word in words.items() if word in known), None)
        for meaning, known in _KNOWN.items()
    }
    return {meaning: cell for meaning, cell in found.items() if cell is not None}


def _is_header(lines: Sequence[Sequence[str]], named: dict[str, str]) -> bool:
    """Tell a header with names of its own: a known word, or only words over only numbers."""
    if named.keys() & {"customer_id", "product_id"}:
        return True
    return len(lines) > 1 and not any(map(_is_number, lines[0])) and all(map(_is_number, lines[1]))


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?\d+(\.\d*)?\s*", text) is not None
