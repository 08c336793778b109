"""The BentoML service: ``bentoml serve service:Estante``. It composes :mod:`serving`.

ESTANTE_MODEL names the model; :mod:`serving.settings` lists the variables.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bentoml
from bentoml.images import Image

from serving import batching, connections, cors, exposure, logs, routes
from serving.access import Access
from serving.admission import Questions, Refusals, Turns
from serving.draining import drain_on_sigterm
from serving.errors import SettingsError
from serving.follower import Follower
from serving.gateway import Gateway
from serving.gateway_settings import GatewaySettings
from serving.metrics import METRICS
from serving.model_source import ModelSource
from serving.outermost import Outermost
from serving.rules_source import rules_source
from serving.settings import Settings
from serving.snapshot import Slot

if TYPE_CHECKING:
    from starlette.types import ASGIApp

try:
    settings = Settings.from_environment(os.environ, baked=Path(__file__).with_name("model"))
    at_the_gate = GatewaySettings.from_environment(os.environ)
    access = Access(at_the_gate.keys_file)
except SettingsError as error:
    raise SystemExit(f"error: {error}") from None
slot = Slot(str(settings.model or settings.baked or ""), settings.rules)
answers = routes.application(slot)
logs.configure(at_the_gate.log, requests=at_the_gate.log_requests)
connections.install()


def gate(app: ASGIApp) -> ASGIApp:
    """Return the application behind the gateway: the outermost layer."""
    refusals = Refusals(METRICS.shed)
    gateway = Gateway(
        app,
        routes=answers,
        slot=slot,
        access=access,
        turns=Turns(at_the_gate.get_wait_ms / 1000, refusals),
        questions=Questions(at_the_gate.post_wait_ms / 1000, refusals),
        metrics=METRICS,
    )
    if not at_the_gate.cors_origins:  # a browser must see who may read a refusal
        connections.Connection.refuse = gateway.refuse_early
    return cors.allowing(gateway, at_the_gate.cors_origins)


@bentoml.service(
    name="estante",
    # Without a distribution named, BentoML adds no compiler and no git: half a gigabyte less.
    image=Image(base_image="docker.io/library/python:3.11-slim", distro=""),
    workers=1,
    envs=[{"name": "OMP_NUM_THREADS", "value": "1"}],  # threads of BLAS slow requests side by side
    http={"host": "127.0.0.1", "port": settings.port},
    # BentoML keeps a timer for each request until this has passed, and cannot do without.
    traffic={"timeout": 30},
    metrics={"enabled": False},  # its labels are raw paths: memory grows with every customer
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
)
class Estante:
    """Product recommendations over HTTP."""

    @bentoml.on_deployment
    @staticmethod
    def require_model() -> None:
        """End the start with one line if there is nothing to serve."""
        try:
            settings.require_model()
        except SettingsError as error:
            raise SystemExit(f"error: {error}") from None

    @bentoml.on_startup
    async def follow(self) -> None:
        """Load the model beside the event loop, so that /livez answers from the first moment."""
        slot.warnings += exposure.warnings(exposure.listening(), guarded=access.is_asked)
        drain_on_sigterm(slot, settings.drain_seconds)
        model = ModelSource(settings, slot)
        Follower(model, slot, slot.model, settings.poll_seconds).start()
        if slot.rules is not None:
            rules = rules_source(slot.rules, slot)
            Follower[Any](rules, slot, slot.rules, settings.poll_seconds).start()

    async def __is_ready__(self) -> bool:
        """Tell BentoML, whose own /readyz is hidden by the one that says why not."""
        return slot.ready and not slot.draining

    @bentoml.api(
        batchable=True,
        route="/v1/recommendations",
        input_spec=batching.Requests,
        output_spec=batching.Answers,
        max_batch_size=batching.BATCH_MAX,
        max_latency_ms=batching.LATENCY_MAX_MS,
    )
    async def recommend(self, requests: list[Any]) -> list[Any]:
        """Answer the requests that BentoML gathered, one element each."""
        return await batching.answer_batch(slot, requests)


Estante.add_asgi_middleware(Outermost, layer=gate)
