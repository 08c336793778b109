"""Which route a path belongs to: the one list that metrics, access and the queue go by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from serving import openapi

Scope = Literal["read", "admin"]

BATCH = "/v1/recommendations"
METRICS = "/metrics"

_LIVENESS = ("/livez", "/healthz")
# Pages hold no data, and a browser that opens one sends no key.
_PAGES = ("/", "/docs", "/openapi.json", "/docs.json")
_ASSETS = "/static_content/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A route as those see it who must know before it is asked.

    Parameters
    ----------
    template
        What metrics call it.
    scope
        Of the key that it needs where there are keys; None: it is open to all.
    queued
        Whether a request takes its turn; probes and metrics are answered however long the queue.
    direct
        Whether the routes here answer it, without BentoML.
    """

    template: str
    scope: Scope | None = "read"
    queued: bool = True
    direct: bool = True


UNKNOWN = Entry("(unknown)", queued=False)  # nobody is asked: there is nothing

_ENTRIES = [
    *(Entry(path) for path in openapi.DOCUMENT["paths"]),
    *(Entry(path, None) for path in _PAGES),
    *(Entry(path, None, queued=False, direct=False) for path in _LIVENESS),
    Entry("/readyz", None, queued=False),  # BentoML's own would not say why it is red
    Entry(_ASSETS + "{file}", None, direct=False),
    Entry(BATCH, queued=False, direct=False),  # its questions have a queue of their own
    Entry(METRICS, "admin", queued=False),
]
_EXACT = {entry.template: entry for entry in _ENTRIES if "{" not in entry.template}
_PATTERNS = [
    (before, after, entry)
    for entry in _ENTRIES
    if "{" in entry.template
    for before, after in [re.split(r"\{\w+\}", entry.template)]
]


def entry_of(path: str) -> Entry:
    """Return the route of a decoded path; ids in it may hold slashes."""
    entry = _EXACT.get(path)
    if entry is not None:
        return entry
    for before, after, pattern in _PATTERNS:
        if (
            path.startswith(before)
            and path.endswith(after)
            and len(path) >= len(before) + len(after)
        ):
            return pattern
    return UNKNOWN
