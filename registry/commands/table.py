"""Rows with the same fields, for people and for programs."""

from __future__ import annotations

import json
from typing import Any


def print_table(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print rows with the same fields: as JSON, or in columns below their names."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    cells = [[_cell(value) for value in row.values()] for row in rows]
    lines = [[name.upper() for name in rows[0]], *cells] if rows else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(map(str.ljust, line, widths)).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value) or "-"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
