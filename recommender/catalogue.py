"""The products: their ids, names and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import CategoryError
from recommender.product_lists import ProductLists
from recommender.query import Item
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
        self._category_of = tuple(category or None for category in categories)
        order = np.argsort(self.category_index, kind="stable")
        ends = np.cumsum(np.bincount(self.category_index, minlength=len(self.categories)))
        self._by_category = ProductLists(order, np.concatenate([[0], ends]))

    def __len__(self) -> int:
        return len(self.products)

    def category(self, product_index: int) -> str | None:
        """Return a product's category, or None where it has none."""
        return self._category_of[product_index]

    def items(self, products: NDArray[np.int64], scores: NDArray[np.float32]) -> tuple[Item, ...]:
        """Return products, best first, as an answer shows them.

        Parameters
        ----------
        products
            int64 (n,); product indices.
        scores
            float32 (n,); theirs.
        """
        ids, names, categories = self.products.ids, self.names, self._category_of
        ranked = enumerate(zip(products.tolist(), scores.tolist(), strict=True), start=1)
        return tuple(
            [
                Item(ids[product], names[product], categories[product], rank, score)
                for rank, (product, score) in ranked
            ]
        )

    def rows(self, product_ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the distinct rows of those products that there are: int64 (n,), ascending."""
        rows = {self.products.row(product_id) for product_id in product_ids}
        return np.array(sorted(row for row in rows if row is not None), dtype=np.int64)

    def products_of(self, category_row: int) -> NDArray[np.integer]:
        """Return the products of a category, by its row in ``categories``: int (n,), ascending."""
        return self._by_category[category_row]

    def within(self, categories: Sequence[str]) -> NDArray[np.int64]:
        """Return the products that belong to any of the categories.

        Returns
        -------
        numpy.ndarray
            int64 (n,); distinct product indices.

        Raises
        ------
        CategoryError
            Naming the category and a few that there are.
        """
        rows = {self._category_row(category) for category in categories}
        products = [self.products_of(row) for row in rows]
        return np.concatenate([np.zeros(0, np.int64), *products])

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
