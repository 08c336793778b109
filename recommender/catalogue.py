"""The products: their ids, names and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import CategoryError
from recommender.tensors import Arrays, pack_strings, unpack_strings
from recommender.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

_SUGGESTED = 5


class Catalogue:
    """What is known of the products; row i is product i.

    Parameters
    ----------
    product_ids
        Distinct ids.
    names
        What people call them; one a product.
    categories
        One a product; an empty string means none.
    """

    def __init__(
        self, product_ids: Iterable[str], names: Sequence[str], categories: Sequence[str]
    ) -> None:
        self.products = Vocabulary(product_ids)
        if not len(self.products) == len(names) == len(categories):
            raise ValueError(
                f"{len(self.products)} products, {len(names)} names, {len(categories)} categories; "
                "each product needs one of each"
            )
        self.names = tuple(names)
        self.categories = Vocabulary(sorted(set(categories)))
        rows = {category: row for row, category in enumerate(self.categories)}
        self.category_index = np.array([rows[category] for category in categories], dtype=np.int32)

    def __len__(self) -> int:
        return len(self.products)

    def category(self, product_index: int) -> str | None:
        """Return a product's category, or None where it has none."""
        return self.categories[self.category_index[product_index]] or None

    def within(self, categories: Sequence[str]) -> NDArray[np.bool_]:
        """Return which products belong to any of the categories.

        Returns
        -------
        numpy.ndarray
            bool (n_products,).

        Raises
        ------
        CategoryError
            Naming the category and a few that there are.
        """
        rows = [self._category_row(category) for category in categories]
        return np.isin(self.category_index, rows)

    def _category_row(self, category: str) -> int:
        row = self.categories.row(category) if category else None
        if row is None:
            known = [name for name in self.categories if name]
            few = ", ".join(repr(name) for name in known[:_SUGGESTED]) or "none"
            raise CategoryError(
                f"category {category!r} is not in the catalogue, which has {len(known)}: {few}"
                + (", ..." if len(known) > _SUGGESTED else "")
            )
        return row

    def to_arrays(self) -> Arrays:
        """Return the catalogue as arrays for a model's folder."""
        categories = [self.categories[row] for row in self.category_index]
        return (
            pack_strings("product_ids", tuple(self.products))
            | pack_strings("names", self.names)
            | pack_strings("categories", categories)
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Catalogue:
        """Return the catalogue that :meth:`to_arrays` wrote."""
        return cls(
            *(unpack_strings(name, arrays) for name in ("product_ids", "names", "categories"))
        )
