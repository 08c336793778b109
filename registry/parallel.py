"""Several requests at once, their answers in the order of the questions."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

In = TypeVar("In")
Out = TypeVar("Out")

AT_ONCE = 4  # requests; more bring nothing on one connection, and each holds a piece in memory


def each(call: Callable[[In], Out], inputs: Iterable[In], at_once: int = AT_ONCE) -> Generator[Out]:
    """Yield ``call(input)`` for every input, in order.

    Inputs are taken as they are needed: beyond the ``at_once`` that are under way, at most as many
    results wait to be taken. Whoever stops early waits for what is under way; nothing else is
    begun.
    """
    rest = iter(inputs)
    with ThreadPoolExecutor(at_once) as pool:
        ahead: deque[Future[Out]] = deque()
        try:
            ahead.extend(pool.submit(call, given) for given in islice(rest, 2 * at_once))
            while ahead:
                result = ahead.popleft().result()
                ahead.extend(pool.submit(call, given) for given in islice(rest, 1))
                yield result
        finally:
            for future in ahead:
                future.cancel()
