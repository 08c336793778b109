"""Load on a running server, every answer checked: ``locust -f loadtests/locustfile.py``.

A wrong answer counts as a failed request, and locust ends with exit code 1 if any failed. With
``--oracle FOLDER``, or ESTANTE_ORACLE, every answer is recomputed from the model's folder, and
customers are drawn from all that it knows; without, from the examples of /v1/model.
"""

from __future__ import annotations

import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]
import httpx
from locust import FastHttpUser, constant, events, task

from loadtests import checks
from loadtests.oracle import Oracle
from loadtests.smoke import BATCH, item_of, path_of
from recommender.errors import RecommenderError
from recommender.query import Query

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from locust.env import Environment

log = logging.getLogger(__name__)

BATCH_SIZE = 16
CUT_OFFS = (5, 30, 100)
ONE = "/v1/customers/{customer_id}/recommendations"


class Questions:
    """What the users ask, and what they know of the answers.

    Parameters
    ----------
    host
        The server's URL.
    oracle
        Recomputes the answers, if given.
    """

    def __init__(self, host: str, oracle: Oracle | None) -> None:
        model = httpx.get(f"{host}/v1/model").raise_for_status().json()
        self._customers = oracle.customer_ids if oracle else model["examples"]["customer_ids"]
        self._modes = list(model["modes"])
        self._oracle = oracle
        self._random = random.Random(0)  # noqa: S311  nothing secret is drawn

    def draw(self) -> Query:
        """Return a query of a random customer, mode and ``k``."""
        choice = self._random.choice
        return Query(choice(self._customers), choice(CUT_OFFS), choice(self._modes))

    def faults(self, query: Query, answer: Any) -> list[str]:
        """Return what is wrong with an answer."""
        faults = checks.answer_faults(answer, query)
        return faults or (self._oracle.faults(query, answer) if self._oracle else [])


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--oracle",
        env_var="ESTANTE_ORACLE",
        default="",
        metavar="FOLDER",
        help="the folder of the model served: recompute every answer from it",
    )


@events.init.add_listener  # type: ignore[untyped-decorator]
def _load_oracle(environment: Environment, **_: Any) -> None:
    folder = getattr(environment.parsed_options, "oracle", "")
    try:
        _Asking.oracle = Oracle(Path(folder)) if folder else None
    except RecommenderError as error:
        raise SystemExit(f"error: {error}") from None
    # gevent counts the run's time from its loop's last turn, which the imports have let pass.
    gevent.get_hub().loop.update_now()


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def _ask_model(environment: Environment) -> None:
    try:
        _Asking.questions = Questions(environment.host or "", _Asking.oracle)
    except httpx.HTTPError as error:
        raise SystemExit(f"error: {environment.host} cannot be asked: {error}") from None


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _refuse_emptiness(environment: Environment, **_: Any) -> None:
    """Fail a run without a request: it has shown nothing."""
    if environment.stats.total.num_requests == 0:
        log.error("no request was answered")
        environment.process_exit_code = 1


class _Asking(FastHttpUser):
    """A user that asks again as soon as it has its answer."""

    abstract = True
    wait_time = constant(0)
    oracle: Oracle | None = None
    questions: Questions


class OneCustomer(_Asking):
    """Asks for one customer at a time."""

    @task
    def ask(self) -> None:
        """Ask and check."""
        query = self.questions.draw()
        with self.client.get(path_of(query), name=ONE, catch_response=True) as response:
            if response.status_code == httpx.codes.OK:
                answer = response.json()
                faults = self.questions.faults(query, answer)
                faults = faults or checks.header_faults(response.headers, answer["model"])
                _judge(response, faults)


class ManyCustomers(_Asking):
    """Asks for several customers at once."""

    @task
    def ask(self) -> None:
        """Ask and check."""
        queries = [self.questions.draw() for _ in range(BATCH_SIZE)]
        body = {"requests": [item_of(query) for query in queries]}
        with self.client.post(BATCH, json=body, catch_response=True) as response:
            if response.status_code == httpx.codes.OK:
                answers = response.json()
                pairs = zip(queries, answers, strict=False)
                faults = [fault for pair in pairs for fault in self.questions.faults(*pair)]
                if len(answers) != BATCH_SIZE:
                    faults.append(f"{len(answers)} answers to {BATCH_SIZE} requests")
                _judge(response, faults)


def _judge(response: Any, faults: list[str]) -> None:
    if faults:
        response.failure("; ".join(faults[:3]))
