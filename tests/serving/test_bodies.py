"""Bodies as they arrive: in parts, too long, too slowly, too many, or not to the end."""

import asyncio

import pytest

from serving import bodies
from serving.bodies import BODY_MAX, Bodies
from serving.errors import ClientGoneError, OverloadedError, RequestError, TooSlowError


def parts(*chunks, then="end"):
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if then == "end":
        messages[-1]["more_body"] = False
    elif then == "gone":
        messages.append({"type": "http.disconnect"})

    async def receive():
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    return receive


def test_a_body_is_joined():
    assert asyncio.run(Bodies().read(parts(b"a", b"", b"bc"))) == b"abc"


@pytest.mark.parametrize(
    ("receive", "error", "said"),
    [
        (parts(b"x" * BODY_MAX, b"x"), RequestError, "longer than 2097152 bytes"),
        (parts(b"x", then="gone"), ClientGoneError, "left before the end"),
        (parts(b"x", then="nothing"), TooSlowError, "within 0.05 s"),
    ],
)
def test_what_does_not_arrive_is_refused_and_forgotten(receive, error, said):
    reader = Bodies(seconds=0.05)
    with pytest.raises(error, match=said):
        asyncio.run(reader.read(receive))

    assert reader._held == 0


def test_bodies_are_bounded_together(monkeypatch):
    monkeypatch.setattr(bodies, "TOGETHER_MAX", 10)

    async def run():
        reader = Bodies()
        held = await reader.read(parts(b"x" * 6))
        with pytest.raises(OverloadedError, match="memory"):
            await reader.read(parts(b"x" * 5))
        reader.release(len(held))
        return await reader.read(parts(b"x" * 10))

    assert asyncio.run(run()) == b"x" * 10
