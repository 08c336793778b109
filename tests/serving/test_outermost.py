import asyncio

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from serving.outermost import Outermost


class Noting:
    """Middleware that notes its name for each request that reaches it."""

    def __init__(self, app, name, notes):
        self.app, self.name, self.notes = app, name, notes

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.notes.append(self.name)
        await self.app(scope, receive, send)


def answer(_):
    return PlainTextResponse("answered")


async def started_and_asked(application):
    """Start an application, as a server does, then ask it."""
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive():
        return next(messages)

    async def send(_):
        pass

    await application({"type": "lifespan"}, receive, send)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return (await client.get("/")).text


def test_the_layer_is_around_the_middleware_that_was_outside():
    notes = []
    application = Starlette(
        routes=[Route("/", answer)],
        middleware=[
            Middleware(Noting, name="around", notes=notes),
            Middleware(Outermost, layer=lambda app: Noting(app, "layer", notes)),
            Middleware(Noting, name="within", notes=notes),
        ],
    )

    assert asyncio.run(started_and_asked(application)) == "answered"
    assert notes == ["layer", "around", "within"]
