"""Judging a version that is to be promoted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from recommender import artifact
from recommender.errors import RecommenderError
from registry import aliases, manifests, versions
from registry.errors import AbsentError, GateError, IntegrityError, RecordError, VersionError
from registry.gate import checks
from registry.gate.comparison import compare
from registry.progress import Progress, of_total
from registry.pull import fetch
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from recommender.manifest import Manifest
    from recommender.model import Model
    from registry.aliases import Generation
    from registry.gate.checks import Check, Verdict
    from registry.gate.comparison import Comparison
    from registry.gate.held_out import HeldOut
    from registry.gate.requirements import Requirements
    from registry.uri import S3URI
    from registry.versions import VersionRecord

# Shows how far work of that name, counted in that unit, has come.
Watch = Callable[[str, str], AbstractContextManager[Progress | None]]
_UNUSABLE = (AbsentError, GateError, IntegrityError, RecommenderError, RecordError, VersionError)


@dataclass(frozen=True)
class Judged:
    """A verdict, and what it holds for.

    Parameters
    ----------
    verdict
        None if the alias names the version already: there is nothing to judge.
    follows
        The alias's newest generation when it was judged; 0 if there was none.
    digest
        The version's.
    """

    verdict: Verdict | None
    follows: int
    digest: str


@dataclass(frozen=True)
class _Side:
    """A version with its manifest."""

    record: VersionRecord
    manifest: Manifest

    @property
    def until(self) -> str | None:
        """Day of the last purchase learned from, as 2026-11-24; None if it is not known."""
        until = _data(self.manifest).get("until")
        return until if isinstance(until, str) and _is_day(until) else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _unwatched(_what: str, _unit: str) -> AbstractContextManager[None]:
    return nullcontext()


def judge(
    uri: str,
    version: str,
    asked: Requirements,
    held_out: HeldOut | None = None,
    watch: Watch = _unwatched,
) -> Judged:
    """Hold a version against what is asked, and against the version that an alias names now.

    What cannot be measured has not passed: the champion is of other products or cannot be read, or
    a model has learned from what was held out. Without held-out purchases it passes, not measured,
    only if there is no champion, or if the requirements say so.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix/NAME@ALIAS``.

    Raises
    ------
    URIError
        If that can be no version.
    VersionError
        If there is no such version.
    StoreError
        If the store cannot be asked.
    """
    named = parse_s3(uri)
    named.at_version(version)  # refuses what can be none
    store = Store.open(named.bucket)
    current = aliases.newest(store, named)
    challenger = _side(store, named, version)
    digest = challenger.record.digest
    if current is not None and current.target == version:
        return Judged(None, current.generation, digest)
    champion, found = _champion(store, named, current)
    found += _plain_checks(asked, challenger, champion)
    if asked.leads and (champion or not current):
        sides = [challenger, *([champion] if champion else [])]
        found += _lead_checks(store, named, sides, asked, held_out, watch)
    against = {"version": current.target, "digest": current.digest} if current else None
    verdict = checks.Verdict(asked, against, held_out, found)
    return Judged(verdict, current.generation if current else 0, digest)


def _champion(
    store: Store, uri: S3URI, current: Generation | None
) -> tuple[_Side | None, list[Check]]:
    """Return the version that the alias names, or else the check that failed, if it names one."""
    try:
        return _side(store, uri, current.target) if current else None, []
    except _UNUSABLE as error:
        return None, [checks.Check("champion", str(error), "can be read", passed=False)]


def _plain_checks(asked: Requirements, challenger: _Side, champion: _Side | None) -> list[Check]:
    champions = (champion.record.size, champion.until) if champion else (None, None)
    return [
        *checks.of_size(asked, challenger.record.size, champions[0]),
        *checks.of_data(asked, challenger.until, champions[1]),
    ]


def _side(store: Store, uri: S3URI, version: str) -> _Side:
    record = versions.read(store, uri, version)
    return _Side(record, manifests.read(store, uri, record)[0])


def _data(manifest: Manifest) -> dict[str, Any]:
    data = manifest.lineage.get("data")
    return data if isinstance(data, dict) else {}


def _lead_checks(
    store: Store,
    uri: S3URI,
    sides: list[_Side],
    asked: Requirements,
    held_out: HeldOut | None,
    watch: Watch,
) -> list[Check]:
    if held_out is None:
        why = "no held-out purchases were given; give a file of them by --held-out"
        required = asked.held_out_required
        if required is None:
            required = len(sides) > 1  # there is a champion to lose
        return [checks.not_measured(why, passed=False if required else None)]
    try:
        for side in sides:
            _require_unseen(side, held_out)
        models = [_load(store, uri.at_version(side.record.version), watch) for side in sides]
        return checks.of_leads(asked, _compared(models, asked, held_out, watch))
    except _UNUSABLE as error:
        return [checks.not_measured(str(error))]


def _require_unseen(side: _Side, held_out: HeldOut) -> None:
    data = _data(side.manifest)
    same = held_out.data is not None and held_out.data == data.get("digest")
    if same and held_out.part in data.get("parts", ()):
        raise GateError(
            f"{side.record.version} has learned from the held-out purchases, part "
            f"{held_out.part!r} of {held_out.data}; hold out others, or fit without them"
        )


def _load(store: Store, uri: S3URI, watch: Watch) -> Model:
    with watch(f"pull {uri.version}", "B") as progress:
        pulled = fetch(store, uri, progress=progress)
    return artifact.load(pulled.folder, verified=pulled.digest).model


def _compared(
    models: list[Model], asked: Requirements, held_out: HeldOut, watch: Watch
) -> Comparison:
    """Compare with the champion, or with popularity if there is none."""
    challenger, *champions = models
    champion = champions[0] if champions else challenger.by_popularity(asked.mode)
    with watch("compare", " customers") as progress:
        moved = of_total(progress, 2 * len(held_out.purchases))
        return compare(challenger, champion, held_out, asked.mode, asked.k, moved)
