"""Business rules and availability lists: what may be recommended, whatever the model says.

Rules speak of products and categories by the market's own ids; they know no model until they are
applied to one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.errors import RulesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from recommender.catalogue import Catalogue
    from recommender.vocabulary import Vocabulary


@dataclass(frozen=True)
class Rules:
    """What may be recommended; without any rule, everything.

    Parameters
    ----------
    exclude_products, exclude_categories
        Never recommended, whatever else is said.
    available_products
        If given, nothing else is recommended.
    max_per_category
        How many products of one category an answer has at most; any number if not given.
    max_in_category
        The same for single categories, in place of ``max_per_category``.
    """

    exclude_products: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    available_products: tuple[str, ...] | None = None
    max_per_category: int | None = None
    max_in_category: Mapping[str, int] | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], where: str) -> Rules:
        """Read rules as a file or a record holds them; messages call that ``where``.

        Raises
        ------
        RulesError
            If a rule is unknown, or not of its form.
        """
        unknown = sorted(set(fields) - set(_READ))
        if unknown:
            near = difflib.get_close_matches(unknown[0], _READ, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_READ)}"
            raise RulesError(f"{where} has an unknown rule {unknown[0]!r}: {hint}")
        return cls(
            **{
                name: read(fields[name], f"{name} in {where}")
                for name, read in _READ.items()
                if fields.get(name) is not None
            }
        )

    def to_fields(self) -> dict[str, Any]:
        """Return the rules that are given, in their one form: ids sorted, each once."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, (), {})}
        if self.available_products is not None:  # none at all is a rule too
            given["available_products"] = self.available_products
        return json.loads(json.dumps(given))  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        """``sha256:`` and the hex SHA-256 of the rules: the same rules have the same one."""
        text = json.dumps(self.to_fields(), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _ids(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise RulesError(f'{where} must be a list of ids, each of them text: ["4011", "4012"]')
    return tuple(sorted(set(value)))


def _cap(value: Any, where: str) -> int:
    if type(value) is not int or value < 1:
        raise RulesError(
            f"{where} is {value!r}; it must be a whole number from 1 on (to have none of a "
            "category, list it in exclude_categories)"
        )
    return value


def _caps(value: Any, where: str) -> dict[str, int]:
    if not isinstance(value, dict) or not all(value):
        raise RulesError(f'{where} must give a number for each category, as {{"WINE": 2}}')
    return {name: _cap(cap, f"{name!r} of {where}") for name, cap in sorted(value.items())}


_READ: dict[str, Callable[[Any, str], Any]] = {
    "exclude_products": _ids,
    "exclude_categories": _ids,
    "available_products": _ids,
    "max_per_category": _cap,
    "max_in_category": _caps,
}


class AppliedRules:
    """Rules in the terms of one model's catalogue, compiled once for all its answers.

    Ids that the catalogue lacks have no effect.

    Parameters
    ----------
    rules
        What may be recommended.
    catalogue
        The products of the model.

    Attributes
    ----------
    digest
        Of the rules.
    masks
        By rule, the products that it leaves out whatever stands beside them: bool (n_products,).
        Only rules that are given.
    excluded
        The products that must not be recommended, available or not: int64 (n,), ascending.
    is_unavailable
        Which products are not available: bool (n_products,).
    unavailable
        The same without those that are excluded: int64 (n,), ascending.
    caps
        By product, how many of its category an answer has at most: int64 (n_products,); None
        where no rule says so. A product without a category is not capped.
    category_index
        The catalogue's.
    unknown
        By rule, the ids given that the catalogue lacks, where there are any.
    """

    def __init__(self, rules: Rules, catalogue: Catalogue) -> None:
        self.digest = rules.digest
        self.unknown: dict[str, tuple[str, ...]] = {}
        self.masks: dict[str, NDArray[np.bool_]] = {}
        self.category_index = catalogue.category_index
        self._rules, self._catalogue = rules, catalogue
        excluded = self._exclude()
        self.is_unavailable = self._unavailable()
        self.excluded = np.flatnonzero(excluded)
        self.unavailable = np.flatnonzero(self.is_unavailable & ~excluded)
        self.caps = self._caps()

    @property
    def n_unknown(self) -> dict[str, int]:
        """How many ids each rule has that the catalogue lacks, where there are any."""
        return {rule: len(ids) for rule, ids in self.unknown.items()}

    def products_of(self, category_row: int) -> NDArray[np.integer]:
        """Return the products of a category: int (n,)."""
        return self._catalogue.products_of(category_row)

    def cap_rule(self, category: str) -> str:
        """Return the name of the rule that caps a category."""
        single = self._rules.max_in_category or {}
        return "max_in_category" if category in single else "max_per_category"

    def _exclude(self) -> NDArray[np.bool_]:
        """Return which products must not be recommended."""
        rules, products = self._rules, self._catalogue.products
        every = np.zeros(len(products), dtype=np.bool_)
        if rules.exclude_products:
            rows = self._rows("exclude_products", rules.exclude_products, products)
            every[rows] = True
            self.masks["exclude_products"] = every.copy()
        if rules.exclude_categories:
            categories = self._catalogue.categories
            rows = self._rows("exclude_categories", rules.exclude_categories, categories)
            mask = np.isin(self.category_index, rows)
            self.masks["exclude_categories"] = mask
            every |= mask
        return every

    def _unavailable(self) -> NDArray[np.bool_]:
        """Return which products are not available."""
        products, available = self._catalogue.products, self._rules.available_products
        if available is None:
            return np.zeros(len(products), dtype=np.bool_)
        mask = np.ones(len(products), dtype=np.bool_)
        mask[self._rows("available_products", available, products)] = False
        self.masks["available_products"] = mask
        return mask

    def _caps(self) -> NDArray[np.int64] | None:
        rules, categories = self._rules, self._catalogue.categories
        single = rules.max_in_category or {}
        rows = self._rows("max_in_category", single, categories)
        if not rows and rules.max_per_category is None:
            return None
        no_cap = np.iinfo(np.int64).max
        caps = np.full(len(categories), rules.max_per_category or no_cap, dtype=np.int64)
        for row in rows:
            caps[row] = single[categories[row]]
        nameless = categories.row("")
        if nameless is not None:
            caps[nameless] = no_cap
        return caps[self.category_index]

    def _rows(self, rule: str, ids: Iterable[str], vocabulary: Vocabulary) -> list[int]:
        """Return the rows of a rule's ids, and keep in mind those that there are not."""
        rows = {id_: vocabulary.row(id_) for id_ in ids}
        unknown = tuple(id_ for id_, row in rows.items() if row is None)
        if unknown:
            self.unknown[rule] = unknown
        return [row for row in rows.values() if row is not None]
