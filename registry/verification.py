"""Reading everything again, to see whether it still is what was put there.

Every content is hashed, every record read; versions are held against their manifests, histories
against gaps, pointers against histories, rules against their digests, and versions against
signatures if ESTANTE_PUBLIC_KEYS is set. Promotions and rules are held against their seals; one
without a seal or a signature is no problem, since earlier releases wrote none, but it is said.
"""

from __future__ import annotations

from contextlib import closing, suppress
from itertools import chain
from typing import TYPE_CHECKING

from registry import aliases, blobs, contents, manifests, removed, rules, seals, versions
from registry.aliases import Generation
from registry.errors import (
    AbsentError,
    BrokenError,
    IntegrityError,
    RecordError,
    VersionError,
)
from registry.findings import Problem, Verified
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registry.generations import Generations, Record
    from registry.progress import Progress
    from registry.signatures import Kind
    from registry.uri import S3URI
    from registry.versions import VersionRecord

_DAMAGED = (RecordError, IntegrityError, BrokenError)


def verify(uri: str, progress: Progress | None = None) -> Verified:
    """Verify a model in a bucket: one version, one alias with the version it names, or everything.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix/NAME``, ``...:VERSION`` or ``...@ALIAS``.
    progress
        Told of the bytes hashed since it was told last, and of the bytes in all.

    Raises
    ------
    VersionError, AliasError
        If there is no such version or alias, or nothing at all of that name.
    StoreError
        If the store cannot be asked. An object that it cannot read is a problem like others.
    """
    named = parse_s3(uri)
    store = Store.open(named.bucket)
    examination = _Examination(store, named)
    if named.version:
        examination.versions([named.version])
        if not examination.found_any:
            versions.read(store, named, named.version)
    elif named.alias:
        examination.versions(examination.alias(named.alias))
        if not examination.found_any:
            aliases.read(store, named)
    else:
        for alias in aliases.names(store, named):
            examination.alias(alias)
        examination.versions(versions.names(store, named))
        for name in rules.names(store, named):
            examination.rules(name)
        if not examination.found_any:
            raise VersionError(
                f"there is no version, alias or rules of {named} at {store.endpoint}: check the "
                "name; python -m registry list s3://BUCKET/PREFIX/ shows the models there are"
            )
    examination.contents(progress)
    return examination.found


class _Examination:
    """What was read so far."""

    def __init__(self, store: Store, uri: S3URI) -> None:
        self.store, self.uri, self.found = store, uri, Verified()
        self._records: list[VersionRecord] = []
        self._named_by: dict[str, list[str]] = {}  # version -> aliases that name it now
        self._gone: dict[str, str | None] = {}  # version that is not there -> its digest once

    def _problem(self, key: str, what: str, affected: Iterable[str] = (), alias: str = "") -> None:
        those = sorted(set(affected))
        named_by = chain.from_iterable(self._named_by.get(version, ()) for version in those)
        self.found.problems.append(
            Problem(
                f"s3://{self.store.bucket}/{key}",
                what,
                those,
                sorted({*named_by, *([alias] if alias else [])}),
            )
        )

    @property
    def found_any(self) -> bool:
        """Whether there was anything to read."""
        found = self.found
        return bool(self._records or found.generations or found.rules or found.problems)

    def versions(self, names: Iterable[str]) -> None:
        """Read the records of versions and their manifests."""
        for name in names:
            try:
                record = versions.find(self.store, self.uri, name)
            except _DAMAGED as error:
                self._problem(versions.key(self.uri, name), str(error), [name])
                continue
            if record is not None:  # else gc removed it since it was listed
                self.found.versions += 1
                self._records.append(record)
                self._manifest(record)

    def _manifest(self, record: VersionRecord) -> None:
        try:
            manifests.read_matching(self.store, self.uri, record)
        except (AbsentError, *_DAMAGED) as error:
            own = record.digest.removeprefix("sha256:")
            listed = own in {blob["sha256"] for blob in record.blobs.values()}
            if listed and isinstance(error, AbsentError | BrokenError):
                return  # found with the other contents
            self._problem(versions.key(self.uri, record.version), str(error), [record.version])

    def alias(self, name: str) -> list[str]:
        """Read the history of an alias and its pointer; return the version that it names."""
        alias = self.uri.at_alias(name)
        kept = aliases.generations(self.store, alias)
        read = self._sequence(kept, aliases.signed_as(alias), name)
        generations = {one.generation: one for one in read}
        self.found.generations += len(generations)
        for number, generation in generations.items():
            before = generations.get(number - 1)
            if before is not None and generation.source != before.target:
                what = f"says that it replaced {generation.source}, not {before.target}"
                self._record_problem(kept.key(number), what, name)
            self._target(generation, kept, name)
        self._pointer(alias, name)
        named = [generation.target for generation in generations.values()][-1:]
        for version in named:
            self._named_by.setdefault(version, []).append(name)
        return named

    def _record_problem(self, key: str, what: str, alias: str) -> None:
        self._problem(key, f"{what}: restore the record that was there", alias=alias)

    def _target(self, generation: Generation, kept: Generations[Generation], alias: str) -> None:
        """Ask the version to be there, or, of another than the newest, to be removed by gc."""
        version, digest = generation.target, generation.digest
        try:
            there = versions.find(self.store, self.uri, version)
        except _DAMAGED:
            return  # found with the versions
        found = there.digest if there else self._digest_of_gone(version)
        if found is None:
            return
        key = kept.key(generation.generation)
        if found != digest:
            what = f"names {version} with the digest {digest}, and what is there has {found}"
            self._record_problem(key, what, alias)
        elif there is None and generation.generation == max(kept.numbers(), default=0):
            what = f"names {version}, which gc removed: promote another version"
            self._problem(key, what, [version], alias)

    def _digest_of_gone(self, version: str) -> str | None:
        """Return what gc noted of a version; "none" if nothing, None if the note is damaged."""
        if version not in self._gone:
            try:
                gone = removed.find(self.store, self.uri, version)
                self._gone[version] = gone.digest if gone else "none"
            except _DAMAGED as error:
                self._gone[version] = None
                self._problem(removed.key(self.uri, version), str(error), [version])
        return self._gone[version]

    def _pointer(self, alias: S3URI, name: str) -> None:
        """Compare the pointer, which may be behind, with the generation it is a copy of."""
        key = aliases.pointer_key(alias)
        try:
            data = self.store.read(key)
            number = Generation.from_bytes(data, key).generation
        except AbsentError:
            return
        except _DAMAGED:
            data, number = b"", 1
        kept = aliases.generations(self.store, alias)
        with suppress(*_DAMAGED):  # a damaged generation was found with the others
            there = kept.read_bytes(number)
            what = "is no copy of a generation"
            if there is None:
                what = f"names generation {number}, which is missing: restore it if it was there"
            if data != there:
                mended = "readers see past it, the next promotion mends it"
                self._problem(key, f"{what}; {mended}", alias=name)

    def rules(self, name: str) -> None:
        """Read the generations of rules."""
        named = self.uri.at_alias(name)
        kept = rules.generations(self.store, named)
        self.found.rules += len(list(self._sequence(kept, rules.signed_as(named), "")))

    def _sequence(self, kept: Generations[Record], kind: Kind, alias: str) -> Iterator[Record]:
        """Yield the records that can be read, and note gaps and damage."""
        numbers = kept.numbers()
        for number in sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers)):
            self._record_problem(kept.key(number), "is missing", alias)
        for number in numbers:
            try:
                data = kept.read_bytes(number)
                if data is None:
                    continue
                yield kept.parsed(number, data)
                self._vouched_for(data, kept.where(number), kind)
            except _DAMAGED as error:
                self._problem(kept.key(number), str(error), alias=alias)

    def _vouched_for(self, data: bytes, where: str, kind: Kind) -> None:
        """Note a record without seal or signature; one that is signed must be trusted."""
        if not seals.is_there(data):
            self.found.unsealed.append(where)
        if not seals.is_trusted(data, where, kind):
            self.found.unsigned.append(where)

    def contents(self, progress: Progress | None) -> None:
        """Hash every content of the versions."""
        wanted: dict[tuple[str, int], list[str]] = {}
        for record in self._records:
            for blob in record.blobs.values():
                wanted.setdefault((blob["sha256"], blob["size"]), []).append(record.version)
        hashed = contents.damage(self.store, self.uri, wanted, progress)
        with closing(hashed):
            for ((sha256, size), affected), what in zip(wanted.items(), hashed, strict=True):
                if what:
                    self._problem(blobs.key(self.uri, sha256), what, affected)
                self.found.blobs += 1
                self.found.size += size
