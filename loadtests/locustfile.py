"""Load on a running server, every answer checked: ``locust -f loadtests/locustfile.py``.

A wrong answer counts as a failed request, and locust ends with exit code 1 if any failed. With
``--oracle FOLDER``, or ESTANTE_ORACLE, every answer is recomputed from the model's folder, by the
rules of ``--rules FILE``, and customers and products are drawn from all that it knows; without,
from the examples of /v1/model and what is popular.
"""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]
import httpx
from locust import FastHttpUser, constant, events, task

from loadtests import checks
from loadtests.oracle import Oracle
from loadtests.paths import BATCH, POPULAR, item_of, key_headers, list_path, path_of
from recommender.errors import RecommenderError
from recommender.query import K_MAX, Query

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from locust.env import Environment

log = logging.getLogger(__name__)

BATCH_SIZE = 16
CUT_OFFS = (5, 30, 100)
IN_HAND, CANDIDATES = 3, 50  # products
PLAIN = 0.7  # share of questions for a customer and nothing else
ONE = "/v1/customers/{customer_id}/recommendations"
SIMILAR = "/v1/products/{product_id}/similar"


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
        with httpx.Client(base_url=host, headers=key_headers()) as client:
            model = client.get("/v1/model").raise_for_status().json()
            popular = client.get(list_path(None, K_MAX)).raise_for_status().json()["items"]
        self._customers = oracle.customer_ids if oracle else model["examples"]["customer_ids"]
        self._products = oracle.product_ids if oracle else [one["product_id"] for one in popular]
        self._modes = list(model["modes"])
        self._oracle = oracle
        self._random = random.Random(0)  # noqa: S311  nothing secret is drawn

    def draw(self) -> Query:
        """Return a query of a random customer, mode and ``k``, some with more than that."""
        choice = self._random.choice
        query = Query(choice(self._customers), choice(CUT_OFFS), choice(self._modes))
        if self._random.random() < PLAIN:
            return query
        more: dict[str, Any] = choice(
            [
                {"basket": self._some(IN_HAND)},
                {"basket": self._some(IN_HAND), "customer_id": "a stranger"},
                {"candidates": self._some(CANDIDATES)},
                {"exclude": self._some(IN_HAND)},
                {"explain": True, "explain_rules": True},
            ]
        )
        return replace(query, **more)

    def draw_product(self) -> str | None:
        """Return a random product; None one time in four, which asks for popular ones."""
        return self._random.choice(self._products) if self._random.random() < 0.75 else None

    def faults(self, query: Query, answer: Any) -> list[str]:
        """Return what is wrong with an answer."""
        faults = checks.answer_faults(answer, query)
        return faults or (self._oracle.faults(query, answer) if self._oracle else [])

    def list_faults(self, product_id: str | None, k: int, answer: Any) -> list[str]:
        """Return what is wrong with a list of products."""
        faults = checks.list_faults(answer, product_id, k)
        oracle = self._oracle
        return faults or (oracle.list_faults(product_id, k, answer) if oracle else [])

    def _some(self, most: int) -> tuple[str, ...]:
        return tuple(self._random.sample(self._products, min(most, len(self._products))))


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--oracle",
        env_var="ESTANTE_ORACLE",
        default="",
        metavar="FOLDER",
        help="the folder of the model served: recompute every answer from it",
    )
    parser.add_argument(
        "--rules",
        env_var="ESTANTE_ORACLE_RULES",
        default="",
        metavar="FILE",
        help="the rules in force, for --oracle to recompute by",
    )


@events.init.add_listener  # type: ignore[untyped-decorator]
def _load_oracle(environment: Environment, **_: Any) -> None:
    folder = getattr(environment.parsed_options, "oracle", "")
    rules = getattr(environment.parsed_options, "rules", "")
    try:
        _Asking.oracle = Oracle(Path(folder), Path(rules) if rules else None) if folder else None
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

    def on_start(self) -> None:
        """Show the key, if there is one."""
        self.client.auth_header = key_headers().get("Authorization")


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


class OneProduct(_Asking):
    """Asks for products similar to one, or for popular ones."""

    @task
    def ask(self) -> None:
        """Ask and check."""
        product_id, k = self.questions.draw_product(), CUT_OFFS[0]
        path, name = list_path(product_id, k), POPULAR if product_id is None else SIMILAR
        with self.client.get(path, name=name, catch_response=True) as response:
            if response.status_code == httpx.codes.OK:
                answer = response.json()
                faults = self.questions.list_faults(product_id, k, answer)
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
