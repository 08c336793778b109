"""Who works on a study at the moment, by locks that the kernel takes back from dead processes."""

from __future__ import annotations

import fcntl
import os
import platform
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from training.tuning.storage import FOLDER, is_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLAIMS = 0  # this byte of the file for claiming trials, the next for trial 0, and so on


class Locks:
    """The locks of one study, in one file: a process holds that of the trial it runs.

    A process must have one such object a file, and use it in one thread.

    Attributes
    ----------
    place : str
        Where these locks tell who is alive: with a journal wherever its folder is, with a
        database on this machine in this folder.
    """

    def __init__(self, path: Path, place: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.place = place
        self._file = path.open("ab")

    @classmethod
    def of(cls, storage: str, study: str) -> Locks:
        """Return the locks of a study."""
        name = f"{quote(study, safe='')}.lock"
        if is_url(storage):
            path = FOLDER / name
            return cls(path, f"{platform.node()}:{path.absolute()}")
        return cls(Path(f"{storage}.{name}"), "journal")

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """Keep every other process from claiming trials for as long as the context lasts."""
        self._lock(fcntl.LOCK_EX, _CLAIMS)
        try:
            yield
        finally:
            self._lock(fcntl.LOCK_UN, _CLAIMS)

    def hold(self, trial: int) -> None:
        """Show that this process runs a trial."""
        self._lock(fcntl.LOCK_EX, 1 + trial)

    def release(self, trial: int) -> None:
        """Show that it no longer does."""
        self._lock(fcntl.LOCK_UN, 1 + trial)

    def is_free(self, trial: int) -> bool:
        """Tell whether no other process runs a trial."""
        try:
            self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, 1 + trial)
        except BlockingIOError:
            return False
        self.release(trial)
        return True

    def close(self) -> None:
        """Let go of all."""
        self._file.close()

    def _lock(self, what: int, byte: int) -> None:
        fcntl.lockf(self._file, what, 1, byte, os.SEEK_SET)
