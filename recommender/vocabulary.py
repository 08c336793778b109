"""External ids and the rows they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Vocabulary:
    """Distinct string ids in a fixed order; an id's place is its row in every array.

    Parameters
    ----------
    ids
        The ids, row 0 first.

    Attributes
    ----------
    ids
        The same.

    Raises
    ------
    ValueError
        If an id stands twice.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        self._rows = {id_: row for row, id_ in enumerate(self.ids)}
        if len(self._rows) != len(self.ids):
            twice = next(id_ for row, id_ in enumerate(self.ids) if self._rows[id_] != row)
            raise ValueError(f"id {twice!r} stands twice; ids must be distinct")

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._rows

    def __getitem__(self, row: int) -> str:
        return self.ids[row]

    def row(self, id_: str) -> int | None:
        """Return the row of an id, or None where the id is unknown."""
        return self._rows.get(id_)
