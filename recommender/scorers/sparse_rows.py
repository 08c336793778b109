"""Compressed sparse rows, in numpy alone: serving does without scipy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.scorers.checks import require_finite, require_indptr, require_within

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SparseRows:
    """Rows of (column, value) pairs, end to end; a column that a row names twice counts twice.

    Parameters
    ----------
    indptr
        int64 (n_rows + 1,); row i is the entries from ``indptr[i]`` to ``indptr[i + 1]``.
    columns
        int32 (n_entries,).
    values
        float32 (n_entries,).
    """

    indptr: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return self.indptr.size - 1

    def lengths(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return how many entries each of the rows has: int64 (n_rows,)."""
        lengths: NDArray[np.int64] = self.indptr[1:][rows] - self.indptr[rows]
        return lengths

    def take(self, rows: NDArray[np.integer]) -> SparseRows:
        """Return the rows asked for, in their order."""
        if rows.size == 1:
            row = int(rows[0])
            entries = slice(self.indptr[row], self.indptr[row + 1])
            indptr = np.array([0, entries.stop - entries.start])
            return SparseRows(indptr, self.columns[entries], self.values[entries])
        lengths = self.lengths(rows)
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        entries = np.arange(indptr[-1]) + np.repeat(self.indptr[rows] - indptr[:-1], lengths)
        return SparseRows(indptr, self.columns.take(entries), self.values.take(entries))

    def joined(self, offsets: NDArray[np.int64]) -> SparseRows:
        """Return the sums of neighbours: row i is of ``offsets[i]`` to ``offsets[i + 1]``."""
        return SparseRows(self.indptr[offsets], self.columns, self.values)

    def owners(self) -> NDArray[np.int64]:
        """Return which row each entry is of: int64 (n_entries,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def dense(self, n_columns: int) -> NDArray[np.float32]:
        """Return the rows written out: float32 (n_rows, n_columns)."""
        dense = np.zeros(len(self) * n_columns, dtype=np.float32)
        np.add.at(dense, self.owners() * n_columns + self.columns, self.values)
        return dense.reshape(len(self), n_columns)


def require_rows(indptr: str, columns: str, values: str, rows: SparseRows, n_columns: int) -> None:
    """Raise unless arrays, named as given, are rows over so many columns.

    Raises
    ------
    ValueError
        Naming the array that is wrong.
    """
    require_within(columns, rows.columns, n_columns)
    require_indptr(indptr, rows.indptr, columns, rows.columns.size)
    require_finite(values, rows.values, 1)
    if rows.values.size != rows.columns.size:
        raise ValueError(
            f"{values} has {rows.values.size} entries and {columns} {rows.columns.size}; "
            "fit the model again"
        )
