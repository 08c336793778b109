"""Applications behind the gateway, asked without a server between."""

import asyncio

import httpx

from serving.access import Access
from serving.admission import Questions, Refusals, Turns
from serving.gateway import Gateway
from serving.metrics import Metrics
from serving.snapshot import Slot

ANA = "/v1/customers/ana/recommendations"
BATCH = "/v1/recommendations"


def around(inside, *, slot=None, access=None, metrics=None, questions=None):
    metrics = metrics or Metrics()
    refusals = Refusals(metrics.shed)
    return Gateway(
        inside,
        routes=inside,
        slot=slot or Slot(),
        access=access or Access(),
        turns=Turns(0.1, refusals),
        questions=questions or Questions(1, refusals),
        metrics=metrics,
    )


def asked(gateway, path="/", method="GET", **more):
    async def ask():
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


def detail(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    return problem["detail"]
