"""Ask a running server on every route and check what it answers: ``python -m loadtests.smoke URL``.

It prints each request as it can be typed, and the products that came back by their names.
Without ``--customer`` it asks for the customers that /v1/model names as examples.
"""

# ruff: noqa: T201  its output is what it is for

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx

from loadtests import checks
from loadtests.oracle import Oracle
from recommender.errors import RecommenderError
from recommender.query import K_MAX, Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

K = 5
TIMEOUT_SECONDS = 30.0
UNKNOWN_CUSTOMER = "nobody / né 0"  # needs encoding, and no market numbers its customers so
SHOWN = 160  # characters of a request or an unwished answer
BATCH = "/v1/recommendations"


@dataclass(frozen=True)
class Check:
    """One request, and what was wrong with its answer."""

    asked: str
    status: int
    faults: list[str]


@dataclass
class Smoke:
    """Asks one server, prints and remembers.

    Parameters
    ----------
    client
        Bound to the server's URL.
    oracle
        Recomputes the answers, if given.
    quiet
        Print nothing.
    """

    client: httpx.Client
    oracle: Oracle | None = None
    quiet: bool = False
    done: list[Check] = field(default_factory=list)

    def run(self, customers: Sequence[str] = ()) -> bool:
        """Ask everything; return whether all of it was right."""
        self._ask("/livez")
        if self._ask("/readyz").status_code != httpx.codes.OK:
            return False
        model = self._model()
        ids = list(customers) or model["examples"]["customer_ids"]
        answered = self._singly(ids, model)
        self._batch(answered)
        self._errors(ids[0])
        self._documents()
        return not any(check.faults for check in self.done)

    def _model(self) -> Any:
        model = self._ask("/v1/model").json()
        self._print(
            f"   {model['uri']}: version {model['version']}, {model['n_customers']} customers, "
            f"{model['n_products']} products"
        )
        return model

    def _singly(self, ids: Sequence[str], model: Any) -> list[tuple[Query, Any]]:
        """Ask one by one: each customer, then the first in every way that there is."""
        answered = [self._recommendations(Query(customer, K)) for customer in ids]
        first, answer = answered[0]
        top = tuple(item["product_id"] for item in answer["items"][:2])
        categories = [item["category"] for item in answer["items"] if item["category"]]
        varied = [replace(first, k=1), replace(first, exclude=top)]
        varied += [replace(first, categories=(name,)) for name in categories[:1]]
        answered += [self._recommendations(query) for query in varied]
        modes = [replace(first, mode=mode, k=K_MAX) for mode in model["modes"]]
        by_mode = [self._recommendations(query) for query in modes]
        self._note(_bought_and_new({query.mode: answer for query, answer in by_mode}))
        unknown, answer = self._recommendations(Query(UNKNOWN_CUSTOMER, K))
        self._note([] if answer["known"] is False else ["an unknown customer is known"])
        return [*answered, *by_mode, (unknown, answer)]

    def _recommendations(self, query: Query) -> tuple[Query, Any]:
        response = self._ask(path_of(query))
        answer = response.json()
        faults = checks.answer_faults(answer, query)
        self._note(faults or self._model_faults(response, query, answer))
        for item in answer.get("items", [])[:K]:
            self._print(f"   {item['rank']:3} {item['name']}  [{item['category']}]")
        return query, answer

    def _model_faults(self, response: httpx.Response, query: Query, answer: Any) -> list[str]:
        faults = checks.header_faults(response.headers, answer["model"])
        return faults + (self.oracle.faults(query, answer) if self.oracle else [])

    def _batch(self, answered: Sequence[tuple[Query, Any]]) -> None:
        """Ask all of it again at once, with an item that is wrong in the middle."""
        requests: list[Any] = [item_of(query) for query, _ in answered]
        middle = len(requests) // 2
        requests.insert(middle, {"customer_id": 7})
        response = self._ask(BATCH, {"requests": requests})
        answers = response.json()
        if len(answers) != len(requests):
            self._note([f"{len(answers)} answers to {len(requests)} requests"])
            return
        self._note(checks.problem_faults(answers.pop(middle), httpx.codes.BAD_REQUEST))
        for (query, single), answer in zip(answered, answers, strict=True):
            faults = checks.answer_faults(answer, query)
            self._note(faults or _differences(answer, single))
        self._note(checks.header_faults(response.headers, answers[0]["model"]))
        if not self.done[-1].faults:
            self._print(f"   {len(answers)} answers as one by one, and 1 refusal in its place")

    def _errors(self, customer: str) -> None:
        """Ask what must be refused."""
        path = path_of(Query(customer))
        refused = ["k=0", f"k={K_MAX + 1}", "k=few", "mode=guess", "category=%3F", "colour=red"]
        for parameters in refused:
            self._refused(f"{path.partition('?')[0]}?{parameters}", 400)
        self._refused("/v1/nothing", 404)
        self._refused(BATCH, 405)
        self._refused(BATCH, 400, {"customers": []})

    def _refused(self, path: str, status: int, body: Any = None) -> None:
        response = self._ask(path, body, status)
        faults = checks.problem_faults(response.json(), status)
        self._note(faults)
        if not faults:
            self._print(f"   {response.json()['detail']}")

    def _documents(self) -> None:
        paths = self._ask("/openapi.json").json()["paths"]
        missing = {BATCH, "/v1/model", "/readyz"} - paths.keys()
        self._note([f"not described: {path}" for path in sorted(missing)])
        self._ask("/docs")

    def _ask(self, path: str, body: Any = None, status: int = 200) -> httpx.Response:
        url = self.client.base_url.join(path)
        if body is None:
            asked, response = f"GET {url}", self.client.get(path)
        else:
            asked, response = f"POST {url} {json.dumps(body)}", self.client.post(path, json=body)
        self.done.append(Check(asked, response.status_code, []))
        self._print(f"{_shortened(asked)}  {response.status_code}")
        if response.status_code != status:
            self._note([f"the status is not {status}: {_shortened(response.text)}"])
        return response

    def _note(self, faults: Iterable[str]) -> None:
        """Hold faults against the last request."""
        for fault in faults:
            self.done[-1].faults.append(fault)
            self._print(f"   WRONG: {fault}")

    def _print(self, line: str) -> None:
        if not self.quiet:
            print(line)


def _bought_and_new(answers: dict[str, Any]) -> list[str]:
    """Return the products that ``rebuy`` calls bought before and ``discover`` never bought."""
    told = {mode: answer for mode, answer in answers.items() if answer["strategy"] == "personal"}
    bought, new = (
        {item["product_id"] for item in told[mode]["items"]} if mode in told else set()
        for mode in ("rebuy", "discover")
    )
    return [f"{product!r} is bought and new" for product in sorted(bought & new)]


def _differences(answer: Any, single: Any) -> list[str]:
    differing = [name for name in single if name != "items" and answer[name] != single[name]]
    return [f"{name} is not as when asked alone" for name in differing] + checks.difference(
        answer["items"], single["items"]
    )


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def item_of(query: Query) -> dict[str, Any]:
    """Return the item of a batch that asks a query; what is empty is left out."""
    return {name: value for name, value in asdict(query).items() if value not in (None, ())}


def path_of(query: Query) -> str:
    """Return the path and query string that ask a query."""
    encoded = quote(query.customer_id or "", safe="")
    parameters = [("k", str(query.k))]
    parameters += [("mode", query.mode)] if query.mode != Query(None).mode else []
    parameters += [("category", category) for category in query.categories]
    parameters += [("exclude", product) for product in query.exclude]
    return f"/v1/customers/{encoded}/recommendations?{urlencode(parameters)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code: 0 all right, 1 something was wrong."""
    options = _parser().parse_args(arguments)
    try:
        oracle = Oracle(options.model) if options.model else None
        with httpx.Client(base_url=options.url, timeout=TIMEOUT_SECONDS) as client:
            smoke = Smoke(client, oracle, quiet=options.json)
            right = smoke.run(options.customer)
    except BrokenPipeError:  # whoever reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except RecommenderError as error:
        return _failed(str(error))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return _failed(
            f"{options.url} cannot be asked ({error or type(error).__name__}); give the URL "
            "of a running server, as http://127.0.0.1:3000"
        )
    except (ValueError, LookupError) as error:
        return _failed(f"{options.url} does not answer as this service: {error!r}")
    if options.json:
        print(json.dumps({"ok": right, "checks": [asdict(check) for check in smoke.done]}))
    else:
        wrong = sum(bool(check.faults) for check in smoke.done)
        print(f"{len(smoke.done)} requests, {wrong} answered wrongly")
    return 0 if right else 1


def _failed(reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.smoke", description=__doc__.partition(":")[0] + "."
    )
    parser.add_argument("url", help="of the server, as http://127.0.0.1:3000")
    parser.add_argument(
        "--customer",
        action="append",
        default=[],
        metavar="ID",
        help="ask for this customer; repeatable (default: the examples of /v1/model)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help="the folder of the model served: recompute every answer from it",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
