"""Where studies are kept: in a journal file, or in a database by its URL."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
from optuna.storages import JournalStorage, get_storage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from training.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optuna import Study
    from optuna.storages import BaseStorage

FOLDER = Path("var", "tune")
_BEGIN = b'{"op_code":'  # of every line of a journal


def is_url(storage: str) -> bool:
    """Tell whether a storage is a database; else it is the path of a journal file."""
    return "://" in storage


def shown(storage: str) -> str:
    """Return a storage's name without its password."""
    with _one_line(storage):
        return make_url(storage).render_as_string() if is_url(storage) else storage


def open_storage(storage: str, *, create: bool = False) -> BaseStorage:
    """Open a storage; with `create`, make a journal file that is not there.

    Raises
    ------
    StudyError
        If it cannot be opened, or is something else.
    """
    with _one_line(storage):
        if is_url(storage):
            return get_storage(storage)
        path = Path(storage)
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise StudyError(f"{path}: no such journal; give a study's file or database URL")
        if path.is_file():
            _require_journal(path)
        return JournalStorage(JournalFileBackend(str(path), _JournalLock(path)))


def _require_journal(path: Path) -> None:
    """Raise unless a file begins as a journal does, as far as it goes: others are not ours."""
    with path.open("rb") as file:
        begin = file.read(len(_BEGIN))
    if begin != _BEGIN[: len(begin)]:
        raise ValueError("it is another kind of file")


def load_study(storage: str, name: str | None = None) -> Study:
    """Load a study to read; without a name, the only one that there is.

    Raises
    ------
    StudyError
        If the storage cannot be opened, or has no such study.
    """
    opened = open_storage(storage)
    names = sorted(study.study_name for study in opened.get_all_studies())
    if name is None and len(names) == 1:
        name = names[0]
    if name not in names:
        raise StudyError(
            f"{shown(storage)} has no study {name or 'that is its only one'!r}; it has "
            f"{', '.join(names) or 'none'}"
        )
    return optuna.load_study(study_name=name, storage=opened)


@contextmanager
def _one_line(storage: str) -> Iterator[None]:
    """Raise what a broken storage raises as an error of one line, without the password."""
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError, SQLAlchemyError) as error:
        place = storage.rpartition("@")[2]
        reason = (str(error).splitlines() or [type(error).__name__])[0].replace(storage, place)
        raise StudyError(
            f"{place} cannot be opened as a storage of studies: {reason}; give the path of a "
            "journal file, or a database URL such as sqlite:///tune.db"
        ) from error


class _JournalLock(JournalFileOpenLock):
    """The kernel's lock on a journal: a process that is killed lets go of it at once.

    Optuna's own would have to be waited for. A line that such a process has left unfinished is
    taken back before the next is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def acquire(self) -> bool:
        """Wait for the lock."""
        self._file = os.open(self._path, os.O_RDWR)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._take_back_unfinished()
        return True

    def release(self) -> None:
        """Let go of the lock."""
        os.close(self._file)

    def _take_back_unfinished(self) -> None:
        end = os.lseek(self._file, 0, os.SEEK_END)
        if end and os.pread(self._file, 1, end - 1) != b"\n":
            os.truncate(self._file, self._path.read_bytes().rfind(b"\n") + 1)
