"""A conversation with one server: every route asked, every answer checked and shown."""

# ruff: noqa: T201  its output is what it is for

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx

from loadtests import checks
from loadtests.paths import BATCH, item_of, list_path, path_of
from recommender.query import K_MAX, Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loadtests.oracle import Oracle

K = 5
UNKNOWN_CUSTOMER = "nobody / né 0"  # needs encoding, and no market numbers its customers so
UNKNOWN_PRODUCT = "nothing / né 0"
SHOWN = 160  # characters of a request or an unwished answer
_DESCRIBED = {BATCH, "/v1/model", "/v1/products/popular", "/readyz"}
_REFUSED = (
    "k=0",
    f"k={K_MAX + 1}",
    "k=few",
    "mode=guess",
    "category=%3F",
    "explain=perhaps",
    "basket=%FF",
    "colour=red",
)


@dataclass(frozen=True)
class Check:
    """One request, and what was wrong with its answer."""

    asked: str
    status: int
    faults: list[str]


@dataclass
class Conversation:
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
        if model is None:
            return False
        ids = list(customers) or model["examples"]["customer_ids"]
        popular = self._list(None)
        answered = self._singly(ids, model, popular)
        self._batch(answered)
        for product_id in popular[:2]:
            self._list(product_id)
        self._kept(path_of(answered[0][0]))
        self._errors(ids[0])
        self._documents()
        return not any(check.faults for check in self.done)

    def _model(self) -> Any:
        response = self._ask("/v1/model")
        if response.status_code != httpx.codes.OK:  # as without a key that the service wants
            return None
        model = response.json()
        self._print(
            f"   {model['uri']}: version {model['version']}, {model['n_customers']} customers, "
            f"{model['n_products']} products"
        )
        return model

    def _list(self, product_id: str | None) -> list[str]:
        """Ask for products similar to one, or popular ones; return their ids."""
        answer = self._answer(list_path(product_id, K))
        faults = checks.list_faults(answer, product_id, K)
        if not faults and self.oracle:
            faults = self.oracle.list_faults(product_id, K, answer)
        self._note(faults)
        self._show(answer.get("items", []))
        return [item["product_id"] for item in answer.get("items", [])]

    def _singly(
        self, ids: Sequence[str], model: Any, popular: Sequence[str]
    ) -> list[tuple[Query, Any]]:
        """Ask one by one: each customer, then the first in every way that there is."""
        answered = [self._recommendations(Query(customer, K)) for customer in ids]
        first, answer = answered[0]
        top = tuple(item["product_id"] for item in answer["items"])
        categories = [item["category"] for item in answer["items"] if item["category"]]
        varied = [replace(first, k=1), replace(first, exclude=top[:2])]
        varied += [replace(first, categories=(name,)) for name in categories[:1]]
        varied += [
            replace(first, candidates=top[1:3]),
            replace(first, basket=top[:1]),
            replace(first, explain=True, explain_rules=True),
            Query(UNKNOWN_CUSTOMER, K, basket=tuple(popular[:2])),
        ]
        answered += [self._recommendations(query) for query in varied]
        modes = [replace(first, mode=mode, k=K_MAX) for mode in model["modes"]]
        by_mode = [self._recommendations(query) for query in modes]
        self._note(_bought_and_new({query.mode: answer for query, answer in by_mode}))
        unknown, answer = self._recommendations(Query(UNKNOWN_CUSTOMER, K))
        self._note([] if answer["known"] is False else ["an unknown customer is known"])
        return [*answered, *by_mode, (unknown, answer)]

    def _recommendations(self, query: Query) -> tuple[Query, Any]:
        answer = self._answer(path_of(query))
        faults = checks.answer_faults(answer, query)
        if not faults and self.oracle:
            faults = self.oracle.faults(query, answer)
        self._note(faults)
        self._show(answer.get("items", [])[:K])
        return query, answer

    def _answer(self, path: str) -> Any:
        """Ask for an answer that names its model; return it."""
        response = self._ask(path)
        answer = response.json()
        if response.status_code == httpx.codes.OK:
            self._note(checks.header_faults(response.headers, answer["model"]))
        return answer

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

    def _kept(self, path: str) -> None:
        """Ask again for what was kept."""
        tag = self._ask(path).headers.get("etag", "none")
        self._ask(path, status=304, headers={"If-None-Match": tag})

    def _errors(self, customer: str) -> None:
        """Ask what must be refused."""
        path = path_of(Query(customer)).partition("?")[0]
        for parameters in _REFUSED:
            self._refused(f"{path}?{parameters}", 400)
        self._refused(list_path(UNKNOWN_PRODUCT, K), 404)
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
        self._note([f"not described: {path}" for path in sorted(_DESCRIBED - paths.keys())])
        self._ask("/docs")
        metrics = self._ask("/metrics", status=None)  # a key that may ask may not read them
        if metrics.status_code == httpx.codes.OK and "estante_requests_total" not in metrics.text:
            self._note(["requests are not counted"])
        elif metrics.status_code not in (httpx.codes.OK, httpx.codes.FORBIDDEN):
            self._note([f"the status is not 200: {_shortened(metrics.text)}"])

    def _ask(
        self,
        path: str,
        body: Any = None,
        status: int | None = 200,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        url = self.client.base_url.join(path)
        if body is None:
            asked, response = f"GET {url}", self.client.get(path, headers=headers)
        else:
            asked, response = f"POST {url} {json.dumps(body)}", self.client.post(path, json=body)
        self.done.append(Check(asked, response.status_code, []))
        self._print(f"{_shortened(asked)}  {response.status_code}")
        if status not in (None, response.status_code):
            self._note([f"the status is not {status}: {_shortened(response.text)}"])
        return response

    def _note(self, faults: Iterable[str]) -> None:
        """Hold faults against the last request."""
        for fault in faults:
            self.done[-1].faults.append(fault)
            self._print(f"   WRONG: {fault}")

    def _show(self, items: Sequence[Any]) -> None:
        for item in items:
            self._print(f"   {item['rank']:3} {item['name']}  [{item['category']}]")
            because = [reason["name"] for reason in item.get("reasons", [])]
            if because:
                self._print(f"       because of {', '.join(because)}")

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
    compared = single.keys() - {"items", "explanation", "rules"}  # of floats, summed otherwise
    differing = [name for name in compared if answer[name] != single[name]]
    return [f"{name} is not as when asked alone" for name in differing] + checks.difference(
        answer["items"], single["items"]
    )


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
