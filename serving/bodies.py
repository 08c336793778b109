"""Bodies on their way in: bounded in size each, in memory together, and in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from serving.errors import ClientGoneError, OverloadedError, RequestError, TooSlowError

if TYPE_CHECKING:
    from starlette.types import Message, Receive

BODY_MAX = 2 * 2**20  # bytes; what its JSON becomes may take 33 times as many for a moment
TOGETHER_MAX = 16 * 2**20  # bytes held at a time, or that became questions not answered yet
SECONDS_MAX = 10.0  # from the head of a request to the end of its body


class Bodies:
    """Reads bodies and counts the bytes that are held.

    Parameters
    ----------
    seconds
        How long a body may take to arrive.
    """

    def __init__(self, seconds: float = SECONDS_MAX) -> None:
        self._seconds = seconds
        self._held = 0

    async def read(self, receive: Receive) -> bytes:
        """Return a whole body; whoever has it calls :meth:`release` when done with it.

        Raises
        ------
        RequestError
            If it is too long.
        TooSlowError
            If it takes too long.
        OverloadedError
            If others take all the memory there is for bodies.
        ClientGoneError
            If the client left.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                while self._add(body, await receive()):
                    pass
        except BaseException as error:
            self.release(len(body))
            if isinstance(error, TimeoutError):
                raise TooSlowError(
                    f"the body did not arrive within {self._seconds:g} s; send it at once"
                ) from None
            raise
        return bytes(body)

    def _add(self, body: bytearray, message: Message) -> bool:
        """Add what arrived; tell whether more is to come."""
        if message["type"] == "http.disconnect":
            raise ClientGoneError("the client left before the end of the body")
        chunk = message.get("body", b"")
        body += chunk
        self._held += len(chunk)
        if len(body) > BODY_MAX:
            raise RequestError(
                f"the body is longer than {BODY_MAX} bytes; send several bodies of fewer requests"
            )
        if self._held > TOGETHER_MAX:
            raise OverloadedError(
                "other requests take all the memory there is for bodies; ask again in a second"
            )
        return bool(message.get("more_body", False))

    def release(self, n_bytes: int) -> None:
        """Forget a body of this length."""
        self._held -= n_bytes
