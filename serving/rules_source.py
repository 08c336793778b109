"""Where rules come from: what ESTANTE_RULES means now, and what is left when it cannot be had."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registry import rules, rules_cache
from registry.errors import CacheError, RulesError
from registry.rules_file import read_file
from registry.uri import S3URI, parse_s3

if TYPE_CHECKING:
    from registry.rules import RulesRecord
    from serving.snapshot import Slot
    from serving.standing import Standing

log = logging.getLogger("estante.rules")


@dataclass(frozen=True)
class Pushed:
    """A generation of rules in a bucket."""

    generation: int

    def __str__(self) -> str:
        return f"generation {self.generation}"


@dataclass(frozen=True)
class FileState:
    """What changes of a file when it does: another time, another size, or another file."""

    path: Path
    time_ns: int
    size: int
    inode: int

    def __str__(self) -> str:
        return str(self.path)


class RulesInBucket:
    """Rules that were pushed: ``s3://BUCKET/PREFIX/NAME@RULES``."""

    what = "rules"
    follows = True

    def __init__(self, uri: S3URI, slot: Slot, standing: Standing) -> None:
        self._uri, self._slot, self._standing = uri, slot, standing
        self._known = 0

    def look(self) -> Pushed | None:
        """Return the newest generation, unread; None if that is known.

        Raises
        ------
        RegistryError
            If the store cannot be asked, or has no such rules.
        """
        from registry.store import Store  # noqa: PLC0415  boto3 takes long to import

        self._store = Store.open(self._uri.bucket, patient=False)
        kept = rules.generations(self._store, self._uri)
        if self._known and kept.read_bytes(self._known + 1) is None:
            return None
        found = kept.find(self._known)
        if found is None:
            raise RulesError(
                f"there are no rules {self._uri} at {self._store.endpoint}: push some, "
                f"python -m registry rules push FILE {self._uri} --why REASON"
            )
        self._known = found[0]
        return Pushed(self._known)

    def serve(self, found: Pushed) -> bool:
        """Put a generation into force; tell whether it says anything else than the last one.

        Raises
        ------
        RegistryError
            If it cannot be read.
        """
        record = rules.generations(self._store, self._uri).read(found.generation)
        if record is None:
            raise RulesError(f"{found} of {self._uri} is gone; push the rules again")
        changed = self._put(record)
        with suppress(CacheError):  # they hold all the same
            rules_cache.keep(self._uri, record)
        return changed

    def _put(self, record: RulesRecord) -> bool:
        changed = self._slot.put_rules(record.rules)
        self._standing.generation = record.generation
        return changed

    def fall_back(self) -> bool:
        """Put the last copy into force; tell whether there is one."""
        record = rules_cache.last(self._uri)
        if record is None:
            return False
        self._put(record)
        log.warning(
            "the last copy, generation %d, is in force until %s can be had",
            record.generation,
            self._uri,
        )
        return True


class RulesInFile:
    """Rules in a file of this machine."""

    what = "rules"
    follows = True

    def __init__(self, path: Path, slot: Slot) -> None:
        self._path, self._slot = path, slot
        self._known: FileState | None = None

    def look(self) -> FileState | None:
        """Return the state of the file; None if it has not changed.

        Raises
        ------
        RulesError
            If there is no such file.
        """
        try:
            state = self._path.stat()
        except OSError as error:
            raise RulesError(
                f"{self._path} cannot be read as rules ({error.strerror}); give the rules there, "
                "or name another file by ESTANTE_RULES"
            ) from None
        found = FileState(self._path, state.st_mtime_ns, state.st_size, state.st_ino)
        if found == self._known:
            return None
        self._known = found
        return found

    def serve(self, _: FileState) -> bool:
        """Put what the file says into force; tell whether it is anything else than before.

        Raises
        ------
        RulesError
            If it is not of the form of rules.
        """
        return self._slot.put_rules(read_file(self._path))

    def fall_back(self) -> bool:
        """Tell that there is nothing else."""
        return False


def rules_source(standing: Standing, slot: Slot) -> RulesInBucket | RulesInFile:
    """Return where the rules of a name come from: a bucket, or a file."""
    if standing.uri.startswith("s3://"):
        return RulesInBucket(parse_s3(standing.uri), slot, standing)
    return RulesInFile(Path(standing.uri), slot)
