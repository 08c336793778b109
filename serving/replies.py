"""From an answer to what is sent: its JSON, its validator, its compression."""

from __future__ import annotations

import asyncio
import re
import zlib
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from recommender.query import Answer, Item
    from serving.snapshot import Snapshot

# What fits into the first round trip of a connection (10 segments) arrives no sooner if smaller.
GZIP_FROM = 14 * 1024  # bytes
OFF_LOOP_FROM = 256 * 1024  # bytes; compressing this many takes about 1 ms
_GZIP_LEVEL = 1  # 6 makes answers a fifth smaller and takes 2 to 4 times as long
_GZIP = 31  # zlib's name for the format of gzip with the largest window

# The model may change at any moment, so a kept answer is asked about before it is used again.
_CACHED = ((b"cache-control", b"private, no-cache"), (b"vary", b"Accept-Encoding"))
_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")


class Reply(Response):
    """A JSON answer whose headers are bytes already.

    Parameters
    ----------
    body
        JSON, compressed or not.
    headers
        Names in lower case and values, without the length.
    """

    def __init__(
        self, body: bytes, headers: tuple[tuple[bytes, bytes], ...], status: int = 200
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [*headers]
        if status != 304:
            self.raw_headers += [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
            ]


def answer_body(answer: Answer, snapshot: Snapshot) -> dict[str, Any]:
    """Return an answer in the form that clients get; its items are encoded as they are."""
    body: dict[str, Any] = {
        "customer_id": answer.customer_id,
        "known": answer.known,
        "mode": answer.mode,
        "k": answer.k,
        "strategy": answer.strategy,
        "model": snapshot.reference,
        "rules_digest": snapshot.rules_digest,
        "items": answer.items,
    }
    if answer.explanation is not None:
        body["explanation"] = answer.explanation
    if answer.rules is not None:
        body["rules"] = answer.rules
    return body


def list_body(asked: dict[str, Any], items: tuple[Item, ...], snapshot: Snapshot) -> dict[str, Any]:
    """Return a list of products that is of no customer in the form that clients get."""
    return asked | {
        "model": snapshot.reference,
        "rules_digest": snapshot.rules_digest,
        "items": items,
    }


def is_kept(if_none_match: str | None, snapshot: Snapshot) -> bool:
    """Tell whether the client has kept the answer of this very model and these rules.

    A tag is of the model and the rules alone: what they answer to a URL stays the same, but for the
    last digits of scores, which may differ between an answer scored alone and one with others.
    """
    return if_none_match is not None and snapshot.etag in if_none_match


def unchanged(snapshot: Snapshot) -> Reply:
    """Return the answer that the one that the client has kept still holds."""
    return Reply(b"", (*snapshot.headers, *_cached(snapshot)), status=304)


def plain(body: bytes, snapshot: Snapshot) -> Reply:
    """Return the answer to a GET as it is, with a validator."""
    return Reply(body, (*snapshot.headers, *_cached(snapshot)))


async def cachable(body: bytes, snapshot: Snapshot, accept_encoding: str | None) -> Reply:
    """Return the answer to a GET: with a validator, compressed if it is large and may be."""
    return await reply(body, (*snapshot.headers, *_cached(snapshot)), accept_encoding)


async def reply(
    body: bytes, headers: tuple[tuple[bytes, bytes], ...], accept_encoding: str | None
) -> Reply:
    """Return a JSON answer, compressed if it is large and may be."""
    if len(body) < GZIP_FROM or not accepts_gzip(accept_encoding):
        return Reply(body, headers)
    if len(body) < OFF_LOOP_FROM:
        body = _compressed(body)
    else:
        body = await asyncio.to_thread(_compressed, body)  # without the interpreter's lock
    return Reply(body, (*headers, (b"content-encoding", b"gzip")))


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Tell whether an Accept-Encoding names gzip and does not refuse it."""
    for coding in (accept_encoding or "").split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return not _REFUSED.fullmatch(weight)
    return False


def _cached(snapshot: Snapshot) -> tuple[tuple[bytes, bytes], ...]:
    # Weak, since compressed and not it is the same answer in other bytes.
    return (b"etag", b"W/" + snapshot.etag.encode()), *_CACHED


def _compressed(body: bytes) -> bytes:
    return zlib.compress(body, _GZIP_LEVEL, _GZIP)
