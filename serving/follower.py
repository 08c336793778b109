"""Following the model and the rules: threads that bring into service what a name comes to mean.

They are daemons: neither the event loop nor the end of the process waits for them, however long a
store takes to answer.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from recommender.errors import RecommenderError
from registry import records
from registry.errors import BrokenError, RegistryError, UnreachableError
from serving.errors import ServingError
from serving.metrics import METRICS
from serving.standing import Refusal, Unchecked

if TYPE_CHECKING:
    from serving.snapshot import Slot
    from serving.standing import Standing

Found = TypeVar("Found")

STALE_AFTER_LOOKS = 20  # that failed: at 2 a second, 10 s
LOOK_PAUSE_MAX = 2.0  # seconds between looks that fail, unless more lie between those that do not
RETRY_PAUSE = 1.0  # seconds until what was refused is tried again, then twice as long each time
RETRY_PAUSE_MAX = 60.0
SWITCH_SECONDS = 0.0005  # that a thread holds the interpreter while the event loop waits for it

_EXPECTED = (RecommenderError, RegistryError, ServingError, OSError)


class Source(Protocol[Found]):
    """What can be followed."""

    what: str

    @property
    def follows(self) -> bool:
        """Whether what it names may change."""

    def look(self) -> Found | None:
        """Return what the name means now; None if that is what was returned last."""

    def serve(self, found: Found, /) -> bool:
        """Put it into service; tell whether it is anything else than what was there."""

    def fall_back(self) -> bool:
        """Put something older into service, where nothing is; tell whether there was anything."""


class Follower(Generic[Found]):
    """Looks again and again, and brings into service what it finds.

    What is found and does not work is refused: what is in service stays. It is tried again ever
    less often, and when something newer is found.

    Parameters
    ----------
    source
        Where it looks.
    slot
        Where what is found goes.
    standing
        The slot's, of what this follows.
    poll_seconds
        Between two looks.
    """

    def __init__(
        self, source: Source[Found], slot: Slot, standing: Standing, poll_seconds: float
    ) -> None:
        self._source, self._slot, self._standing = source, slot, standing
        self._poll_seconds = poll_seconds
        self._log = logging.getLogger(f"estante.{source.what}")
        self._stop = Event()
        self._pending: Found | None = None  # found, and not in service
        self._refusals = 0  # of what is pending
        self._due = 0.0  # when to try it again
        self._out_since: float | None = None  # when looks began to fail
        self._look_pause = poll_seconds
        self._serving = False  # anything at all
        self._fell_back = False

    def start(self) -> None:
        """Follow in a thread of its own, which holds up the event loop by no more than moments."""
        sys.setswitchinterval(SWITCH_SECONDS)
        Thread(target=self.run, name=f"follows the {self._source.what}", daemon=True).start()

    def stop(self) -> None:
        """Look no more; what is under way is not waited for."""
        self._stop.set()

    def run(self) -> None:
        """Follow until told to stop, or until nothing can change any more."""
        pause: float | None = 0.0
        while pause is not None and not self._stop.wait(pause):
            try:
                pause = self.step()
            except Exception:  # noqa: BLE001  it goes on following
                self._log.exception("following %s failed unexpectedly", self._standing.uri)
                pause = RETRY_PAUSE_MAX

    def step(self) -> float | None:
        """Look once; return the seconds until the next look, or None if there need be none."""
        began = time.monotonic()
        try:
            found = self._source.look()
            if found is not None:
                self._pending, self._refusals, self._due = found, 0, 0.0
        except Exception as error:  # noqa: BLE001  whatever it is, there will be another look
            return self._out_of_reach(error, began)
        if self._pending is not None and time.monotonic() >= self._due:
            try:
                self._bring(self._pending)
            except UnreachableError as error:
                return self._out_of_reach(error, began)
        self._reached()
        return self._poll_seconds if self._source.follows or self._pending is not None else None

    def _bring(self, found: Found) -> None:
        began = time.perf_counter()
        try:
            changed = self._source.serve(found)
        except Exception as error:
            if isinstance(error, UnreachableError) and not isinstance(error, BrokenError):
                raise
            self._refuse(found, error)
            return
        self._pending, self._serving = None, True
        refused = self._standing.last_refused
        if refused is not None and refused.what == str(found):
            self._standing.last_refused = None
        if changed:
            METRICS.swapped(time.perf_counter() - began)
            self._settle()

    def _settle(self) -> None:
        """Spare the collector what was loaded: walking it takes long, and it stays for long.

        What was in service before is freed by its last request: there are no cycles in it.
        """
        gc.collect()
        gc.freeze()

    def _refuse(self, found: Found, error: Exception) -> None:
        why, before = _said(error), self._standing.last_refused
        self._due = time.monotonic() + min(RETRY_PAUSE * 2**self._refusals, RETRY_PAUSE_MAX)
        self._refusals += 1
        if before is None or (before.what, before.why) != (str(found), why):
            METRICS.refused(self._source.what)
            expected = isinstance(error, _EXPECTED)
            self._log.error("refused %s: %s", found, why, exc_info=None if expected else error)
            self._standing.last_refused = Refusal(str(found), records.now(), why)
        self._mark_stale(stale=True)
        self._fall_back(why)

    def _out_of_reach(self, error: Exception, began: float) -> float:
        """Note that it cannot be asked; return the seconds until the next look."""
        why = _said(error)
        if self._out_since is None:
            self._out_since, self._look_pause = began, self._poll_seconds / 2
            expected = isinstance(error, _EXPECTED)
            self._log.error(
                "%s cannot be asked for: %s",
                self._standing.uri,
                why,
                exc_info=None if expected else error,
            )
            self._standing.unchecked = Unchecked(records.now(), why)
        elif self._standing.unchecked is not None:
            self._standing.unchecked = Unchecked(self._standing.unchecked.since, why)
        self._fall_back(why)
        if time.monotonic() - self._out_since >= STALE_AFTER_LOOKS * self._poll_seconds:
            self._mark_stale(stale=True)
        self._look_pause = min(2 * self._look_pause, max(LOOK_PAUSE_MAX, self._poll_seconds))
        return self._look_pause

    def _reached(self) -> None:
        if self._out_since is not None:
            self._log.info("%s can be asked for again", self._standing.uri)
        self._out_since = self._standing.unchecked = None
        if self._pending is None:
            self._mark_stale(stale=False)

    def _mark_stale(self, *, stale: bool) -> None:
        if self._standing is self._slot.model:
            self._slot.mark_stale(stale=stale)
        else:
            self._standing.stale = stale

    def _fall_back(self, why: str) -> None:
        """Serve something, if nothing is served; say why not, if there is nothing to serve."""
        if not self._serving and not self._fell_back:
            self._fell_back = True
            try:
                self._serving = self._source.fall_back()
            except Exception as error:  # noqa: BLE001  then there is nothing
                self._log.error("nothing else can be served either: %s", _said(error))
            if self._serving:
                self._mark_stale(stale=True)
                self._settle()
        if not self._serving:
            self._slot.explain(f"{self._standing.uri} cannot be served: {why}")


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, _EXPECTED) else f"{type(error).__name__}: {error}"
