"""The oracle: recomputes an answer from the model's folder, as serving ought to have done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadtests.checks import ITEM_FIELDS, difference
from recommender import artifact
from recommender.errors import QueryError
from recommender.recommend import recommend

if TYPE_CHECKING:
    from pathlib import Path

    from recommender.query import Query


class Oracle:
    """A model's folder, asked instead of the server.

    Parameters
    ----------
    folder
        The folder of the model that the server serves.

    Raises
    ------
    recommender.errors.ArtifactError
        If the folder holds no whole model.
    """

    def __init__(self, folder: Path) -> None:
        self._model = artifact.load(folder)

    @property
    def customer_ids(self) -> tuple[str, ...]:
        """The customers that the model knows."""
        return tuple(self._model.model.customers)

    def faults(self, query: Query, answer: dict[str, Any]) -> list[str]:
        """Return where an answer is not the model's; nothing if it is."""
        if answer["model"]["digest"] != self._model.digest:
            return [f"answered by {answer['model']['digest']}, the oracle is {self._model.digest}"]
        [expected] = recommend(self._model.model, [query])
        if isinstance(expected, QueryError):
            return [f"answered, and the model refuses: {expected}"]
        faults = [
            f"{name} is {answer[name]!r}, expected {value!r}"
            for name, value in [("known", expected.known), ("strategy", expected.strategy)]
            if answer[name] != value
        ]
        wanted = [{field: getattr(item, field) for field in ITEM_FIELDS} for item in expected.items]
        return faults + self._bought(query, answer) + difference(answer["items"], wanted)

    def _bought(self, query: Query, answer: dict[str, Any]) -> list[str]:
        """Return the products of a ``discover`` answer that the customer has bought already."""
        model = self._model.model
        row = None if query.customer_id is None else model.customers.row(query.customer_id)
        if query.mode != "discover" or row is None:
            return []
        bought = {model.catalogue.products[product] for product in model.history.seen(row)}
        return [
            f"{item['product_id']!r} was bought already"
            for item in answer["items"]
            if item["product_id"] in bought
        ]
