"""Answers given before, kept for as long as the model and the rules are the same.

:class:`Recalling` gives them again before any route is looked for: a third of the time.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving import replies
from serving.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from recommender.query import Answer
    from serving.snapshot import Slot, Snapshot

_OVERHEAD = 1024  # bytes of memory that an entry takes beside its question and its answer


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was sent, and what to count when it is sent again, without its items."""

    body: bytes
    answers: tuple[Answer, ...]


class Remembered:
    """Encoded answers by question; of too many, those asked least recently are forgotten.

    Parameters
    ----------
    max_bytes
        Of all that is kept; 0 keeps nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        # That answered all that is kept; replaced in service, it is not kept alive from here.
        self._snapshot: Callable[[], Snapshot | None] = _nothing
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0

    def find(self, question: bytes, snapshot: Snapshot) -> Kept | None:
        """Return the answer; None if it is not kept.

        Parameters
        ----------
        question
            See :func:`question_of`.
        snapshot
            The one in service: another one may answer otherwise.
        """
        if snapshot is not self._snapshot():
            return None
        found = self._kept.get(question)
        if found is not None:
            self._kept.move_to_end(question)
        return found

    def keep(self, question: bytes, snapshot: Snapshot, kept: Kept) -> None:
        """Keep an answer of a snapshot, and forget those of the one before."""
        if snapshot is not self._snapshot():
            self._snapshot, self._bytes = weakref.ref(snapshot), 0
            self._kept.clear()
        size = _size(question, kept)
        if size > self._max_bytes or question in self._kept:
            return
        self._kept[question] = kept
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._bytes -= _size(*self._kept.popitem(last=False))


class Recalling:
    """Give again what is remembered; leave all else to the application.

    Parameters
    ----------
    app
        The routes, which keep their answers in ``remembered``.
    """

    def __init__(self, app: ASGIApp, slot: Slot, remembered: Remembered) -> None:
        self._app, self._slot, self._remembered = app, slot, remembered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; see the ASGI specification."""
        if scope["method"] == "GET" and self._slot.ready:
            snapshot = self._slot.current()
            kept = self._remembered.find(question_of(scope), snapshot)
            if (
                kept is not None
                and len(kept.body) < replies.GZIP_FROM
                and not _is_conditional(scope)
            ):
                METRICS.answers(kept.answers)
                await replies.plain(kept.body, snapshot)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def question_of(scope: Scope) -> bytes:
    """Return what is asked by a GET: its URL as it was sent."""
    url: bytes = scope["raw_path"] + b"?" + scope["query_string"]
    return url


def _nothing() -> None:
    return None


def _is_conditional(scope: Scope) -> bool:
    return any(name == b"if-none-match" for name, _ in scope["headers"])


def _size(question: bytes, kept: Kept) -> int:
    return len(question) + len(kept.body) + _OVERHEAD
