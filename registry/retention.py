"""Which versions are kept, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from registry.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registry.aliases import Generation
    from registry.versions import VersionRecord


@dataclass(frozen=True)
class Retention:
    """For how long versions are kept; all of them for ever if neither is given.

    Parameters
    ----------
    days
        Keep what was pushed, or named by an alias, within so many days.
    versions
        Keep so many versions, the newest ones, and of every alias so many that it named last.
    """

    days: float | None = None
    versions: int | None = None

    @property
    def keeps_all(self) -> bool:
        """Whether no version is ever removed."""
        return self.days is None and self.versions is None

    def kept(
        self,
        versions: Sequence[VersionRecord],
        histories: Mapping[str, Sequence[Generation]],
        now: datetime,
    ) -> dict[str, str]:
        """Return the versions to keep, each with the first reason for it.

        Parameters
        ----------
        histories
            The generations of each alias, the first one first.

        Raises
        ------
        RecordError
            If a record says no time.
        """
        if self.keeps_all:
            return dict.fromkeys((record.version for record in versions), "all versions are kept")
        reasons: dict[str, str] = {}
        for version, reason in [
            *_named_now(histories),
            *self._recent(versions, histories, now),
            *self._last(versions, histories),
        ]:
            reasons.setdefault(version, reason)
        return {
            record.version: reasons[record.version]
            for record in versions
            if record.version in reasons
        }

    def _recent(
        self,
        versions: Sequence[VersionRecord],
        histories: Mapping[str, Sequence[Generation]],
        now: datetime,
    ) -> Iterator[tuple[str, str]]:
        if self.days is None:
            return
        since = now - timedelta(days=self.days)
        for record in versions:
            if _time(record.when) >= since:
                yield record.version, f"pushed within {self.days:g} days"
        for alias, history in histories.items():
            for generation, following in pairwise(history):
                if _time(following.when) >= since:
                    yield generation.target, f"named by {alias} within {self.days:g} days"

    def _last(
        self, versions: Sequence[VersionRecord], histories: Mapping[str, Sequence[Generation]]
    ) -> Iterator[tuple[str, str]]:
        if self.versions is None:
            return
        newest_first = sorted(versions, key=lambda record: _time(record.when), reverse=True)
        for record in newest_first[: self.versions]:
            yield record.version, f"among the newest {self.versions}"
        for alias, history in histories.items():
            last = dict.fromkeys(generation.target for generation in reversed(history))
            for version in list(last)[: self.versions]:
                yield version, f"among the last {self.versions} named by {alias}"


KEEP_ALL = Retention()


def _named_now(histories: Mapping[str, Sequence[Generation]]) -> Iterator[tuple[str, str]]:
    for alias, history in histories.items():
        if history:
            yield history[-1].target, f"named by {alias}"


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError(
            f"a record says that it was written at {text!r}, which is no time like "
            "2026-11-24T08:15:00Z: it was not written by this tool"
        ) from None
