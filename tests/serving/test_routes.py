import asyncio

import httpx

from serving import routes
from serving.remembered import Remembered


class Noting(Remembered):
    """Notes what it is told to keep."""

    def keep(self, question, snapshot, kept):
        self.kept = kept
        super().keep(question, snapshot, kept)


def get(application, url, **headers):
    async def run():
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.get(url, headers=headers)

    return asyncio.run(run())


def test_of_an_answer_nothing_is_kept_to_be_counted_that_does_not_count(slot):
    remembered = Noting(2**20)
    url = "/v1/customers/ana/recommendations?explain=true&rules=explain"
    told = get(routes._starlette(slot, remembered), url).json()

    assert told["explanation"]["parts"]
    assert told["rules"] == []
    [answer] = remembered.kept.answers
    assert (answer.items, answer.explanation, answer.rules) == ((), None, None)
