"""The place outside BentoML's own middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send


class Outermost:
    """Put a layer around the whole application when it starts.

    A service's middleware is inside BentoML's tracing and time limit. Those take half as long as
    finding an answer does, and answer errors in a form of their own. The application that starts
    names itself to all of its middleware, and keeps what it calls for each request in an
    attribute: https://www.starlette.io/middleware/ tells of ``middleware_stack``.

    Parameters
    ----------
    app
        The application inside of this middleware.
    layer
        Makes the new layer around all that BentoML has.
    """

    def __init__(self, app: ASGIApp, layer: Callable[[ASGIApp], ASGIApp]) -> None:
        self._app = app
        self._layer = layer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what comes through BentoML; see the ASGI specification."""
        if scope["type"] == "lifespan":
            application = scope["app"]
            application.middleware_stack = self._layer(application.middleware_stack)
        await self._app(scope, receive, send)
