"""What the service counts, for Prometheus: :data:`METRICS` is told, ``/metrics`` tells it.

Every label takes few values: routes come from the API's description, modes and categories from
the model. No path, customer or product becomes one, so memory does not grow with the traffic.
"""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING

# BentoML asks for files that workers share; one worker counts in memory, four times as fast.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
os.environ["PROMETHEUS_DISABLE_CREATED_SERIES"] = (
    "True"  # they double the text and nobody reads them
)

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    exposition,
)

from recommender.query import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CONTENT_TYPE = exposition.CONTENT_TYPE_PLAIN_0_0_4
NO_CATEGORY = "(none)"
OTHER_CATEGORIES = "(other)"
CATEGORIES_MAX = 1000  # labels of unmet demand; a catalogue's further categories share one

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SCORING_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)
_BATCH_REQUESTS = (1, 2, 4, 8, 16)
_LOADING_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts; one a process, told from the event loop and from the thread that loads models."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        self._declare_requests(counter, gauge, histogram)
        self._declare_answers(counter, histogram)
        self._declare_model(counter, gauge, histogram)
        # What counts under one choice of labels, looked up once.
        self._count_request: dict[tuple[str, int], Callable[[], None]] = {}
        self._time_request: dict[str, Callable[[float], None]] = {}
        self._count_answer: dict[tuple[str, str], Callable[[], None]] = {}
        self._count_unmet: dict[str, Callable[[], None]] = {}
        self._named: tuple[str, str] | None = None

    def _declare_requests(
        self,
        counter: Callable[..., Counter],
        gauge: Callable[..., Gauge],
        histogram: Callable[..., Histogram],
    ) -> None:
        self._requests = counter(
            "estante_requests", "Requests, by route and HTTP status", ["route", "status"]
        )
        self._seconds = histogram(
            "estante_request_seconds",
            "Time from a request's head to the end of its answer",
            ["route"],
            buckets=_REQUEST_SECONDS,
        )
        self._in_flight = gauge(
            "estante_requests_in_flight", "Requests admitted and not answered yet"
        )
        self._shed = counter(
            "estante_shed_requests", "Requests refused with 429: as many as allowed were waiting"
        )

    def _declare_answers(
        self, counter: Callable[..., Counter], histogram: Callable[..., Histogram]
    ) -> None:
        self._answers = counter(
            "estante_answers", "Questions answered, by mode and strategy", ["mode", "strategy"]
        )
        self._unknown = counter(
            "estante_unknown_customers", "Answers to ids of customers that the model lacks"
        )
        self._errors = counter(
            "estante_answer_errors", "Questions that the model refused or failed at"
        )
        self._unmet = counter(
            "estante_unmet_demand",
            "Places in answers that products lost because they are not available, by category",
            ["category"],
        )
        self._scoring = histogram(
            "estante_scoring_seconds",
            "Time of one call that scores and ranks, of a question or of a part of a batch",
            buckets=_SCORING_SECONDS,
        )
        self._scored = counter("estante_scored_queries", "Questions scored and ranked")
        self._batch = histogram(
            "estante_batch_requests", "Requests in a batch of BentoML's", buckets=_BATCH_REQUESTS
        )

    def _declare_model(
        self,
        counter: Callable[..., Counter],
        gauge: Callable[..., Gauge],
        histogram: Callable[..., Histogram],
    ) -> None:
        self._model = gauge(
            "estante_model_info", "1 for the model in service", ["version", "digest"]
        )
        self._since = gauge(
            "estante_model_in_service_timestamp_seconds",
            "When the model in service was put there, in seconds since 1970; 0: there is none",
        )
        self._stale = gauge(
            "estante_model_stale", "1 if a newer model may exist that could not be had"
        )
        self._swaps = histogram(
            "estante_swap_seconds",
            "Time from finding a model or rules to serving them",
            buckets=_LOADING_SECONDS,
        )
        self._refused = counter("estante_refused", "Models and rules that were refused", ["what"])
        for what in ("model", "rules"):
            self._refused.labels(what)  # there from the start: a first refusal is a rise

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered; ``route`` is a template, never a path."""
        count = self._count_request.get((route, status))
        if count is None:
            count = self._requests.labels(route, str(status)).inc
            self._count_request[route, status] = count
            self._time_request[route] = self._seconds.labels(route).observe
        count()
        self._time_request[route](seconds)

    def watch_in_flight(self, count: Callable[[], float]) -> None:
        """Ask ``count`` for the requests in flight whenever the metrics are read."""
        self._in_flight.set_function(count)

    def shed(self) -> None:
        """Count a request refused because as much as allowed was waiting already."""
        self._shed.inc()

    def answers(self, answers: Iterable[Answer | Exception]) -> None:
        """Count answers: by mode and strategy, for unknown customers, with unmet demand."""
        for answer in answers:
            if isinstance(answer, Answer):
                self._answer(answer)
            else:
                self._errors.inc()

    def _answer(self, answer: Answer) -> None:
        kind = answer.mode, answer.strategy
        count = self._count_answer.get(kind)
        if count is None:
            count = self._count_answer[kind] = self._answers.labels(*kind).inc
        count()
        if not answer.known and answer.customer_id is not None:
            self._unknown.inc()
        for category in answer.unmet:
            count = self._count_unmet.get(category)
            if count is None:
                count = self._count_unmet[category] = self._unmet.labels(self._label(category)).inc
            count()

    def _label(self, category: str) -> str:
        if len(self._count_unmet) >= CATEGORIES_MAX:
            return OTHER_CATEGORIES
        return category or NO_CATEGORY

    def scored(self, seconds: float, n_queries: int) -> None:
        """Count a call of ``recommend`` and the time it took."""
        self._scoring.observe(seconds)
        self._scored.inc(n_queries)

    def batch(self, n_requests: int) -> None:
        """Count a batch that BentoML gathered."""
        self._batch.observe(n_requests)

    def model(self, version: str, digest: str, *, stale: bool = False) -> None:
        """Name the model in service; call again when it, or whether it is stale, has changed."""
        self._stale.set(stale)
        if (version, digest) == self._named:
            return
        self._named = version, digest
        self._model.clear()
        self._model.labels(version, digest).set(1)
        self._since.set(time.time())

    def swapped(self, seconds: float) -> None:
        """Count that a model or rules were put into service, ``seconds`` after they were found."""
        self._swaps.observe(seconds)

    def refused(self, what: str) -> None:
        """Count a refused ``model`` or ``rules``."""
        self._refused.labels(what).inc()

    def text(self) -> bytes:
        """Return all that was counted, in Prometheus' text format."""
        return exposition.generate_latest(self.registry)


METRICS = Metrics()
