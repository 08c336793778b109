"""The oracle: recomputes an answer from the model's folder, as serving ought to have done."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import orjson

from loadtests.checks import difference
from recommender import artifact
from recommender.errors import QueryError, RulesError
from recommender.popular import popular
from recommender.recommend import recommend
from recommender.rules import AppliedRules, Rules
from recommender.similar import similar

if TYPE_CHECKING:
    from pathlib import Path

    from recommender.query import Query

Json = dict[str, Any]


class Oracle:
    """A model's folder, asked instead of the server.

    Parameters
    ----------
    folder
        The folder of the model that the server serves.
    rules
        The file of the rules that are in force, JSON or TOML; None without any.

    Raises
    ------
    recommender.errors.ArtifactError
        If the folder holds no whole model.
    recommender.errors.RulesError
        If the file holds no rules.
    """

    def __init__(self, folder: Path, rules: Path | None = None) -> None:
        self._loaded = artifact.load(folder)
        self._model = self._loaded.model
        self._rules = None
        if rules is not None:
            self._rules = AppliedRules(_read(rules), self._model.catalogue)

    @property
    def customer_ids(self) -> tuple[str, ...]:
        """The customers that the model knows."""
        return tuple(self._model.customers)

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products of the catalogue."""
        return tuple(self._model.catalogue.products)

    def faults(self, query: Query, answer: Json) -> list[str]:
        """Return where an answer is not the model's; nothing if it is."""
        if faults := self._named_faults(answer):
            return faults
        [expected] = recommend(self._model, [query], self._rules)
        if isinstance(expected, QueryError):
            return [f"answered, and the model refuses: {expected}"]
        faults = [
            f"{name} is {answer[name]!r}, expected {value!r}"
            for name, value in [("known", expected.known), ("strategy", expected.strategy)]
            if answer[name] != value
        ]
        items, wanted = answer["items"], _decoded(expected.items)
        faults += self._bought(query, answer) + difference(items, wanted)
        return faults or (_reason_faults(items, wanted) if query.explain else [])

    def list_faults(self, product_id: str | None, k: int, answer: Json) -> list[str]:
        """Return where a list of similar products, or of popular ones, is not the model's."""
        if faults := self._named_faults(answer):
            return faults
        if product_id is None:
            items = popular(self._model, k, rules=self._rules)
        else:
            items = similar(self._model, product_id, k, rules=self._rules)
        return difference(answer["items"], _decoded(items))

    def _named_faults(self, answer: Json) -> list[str]:
        rules = None if self._rules is None else self._rules.digest
        named: list[tuple[str, str | None, str | None]] = [
            ("model", answer["model"]["digest"], self._loaded.digest),
            ("rules", answer["rules_digest"], rules),
        ]
        return [
            f"answered by {what} {theirs}, the oracle's are {ours}"
            for what, theirs, ours in named
            if theirs != ours
        ]

    def _bought(self, query: Query, answer: Json) -> list[str]:
        """Return the products of a ``discover`` answer that the customer has bought already."""
        row = None if query.customer_id is None else self._model.customers.row(query.customer_id)
        if query.mode != "discover" or row is None:
            return []
        products = self._model.catalogue.products
        bought = {products[product] for product in self._model.history.seen(row)}
        return [
            f"{item['product_id']!r} was bought already"
            for item in answer["items"]
            if item["product_id"] in bought
        ]


def _read(path: Path) -> Rules:
    try:
        text = path.read_text()
        fields = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise RulesError(f"{path} holds no rules: {error}") from error
    return Rules.from_fields(fields, str(path))


def _decoded(items: object) -> list[Json]:
    """Return items in the form that they have in an answer."""
    decoded: list[Json] = orjson.loads(orjson.dumps(items))
    return decoded


def _reason_faults(found: list[Json], expected: list[Json]) -> list[str]:
    wanted = {item["product_id"]: item["reasons"] for item in expected}
    return [
        f"a reason of {item['product_id']!r}: {fault}"
        for item in found
        if item["product_id"] in wanted
        for fault in difference(item["reasons"], wanted[item["product_id"]], "contribution")
    ]
