"""Which web pages a browser lets ask: none, unless they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

_SENT = ["Authorization", "X-API-Key", "Content-Type", "If-None-Match", "X-Request-ID"]
_SHOWN = [
    "ETag",
    "Retry-After",
    "X-Model-Version",
    "X-Model-Digest",
    "X-Model-Stale",
    "X-Request-ID",
]


def allowing(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return the application as pages of these origins may ask it; itself if there are none."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=_SENT,
        expose_headers=_SHOWN,
    )
