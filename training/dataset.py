"""What estimators learn from: who bought what, how often, when, and what the products are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

Counted = tuple[sparse.csr_matrix, "pd.Index[str]"]
"""Counts (n_customers, n_values), float32, and the values."""

JOIN = "+"
"""Between the columns of an attribute made of several, as in ``product_type+brand``."""


@dataclass(frozen=True, eq=False)
class Events:
    """Purchases one by one; a product counts once a basket.

    Attributes
    ----------
    customers, products
        int32 (n_events,); indices.
    days
        float32 (n_events,); days before the end of the data, 0 or more.
    """

    customers: NDArray[np.int32]
    products: NDArray[np.int32]
    days: NDArray[np.float32]

    def counts(self, shape: tuple[int, int]) -> sparse.csr_matrix[np.float32]:
        """Return how often each customer bought each product."""
        ones = np.ones(self.days.size, np.float32)
        return sparse.csr_matrix((ones, (self.customers, self.products)), shape=shape)

    def where(self, kept: NDArray[np.bool_], end: float = 0.0) -> Events:
        """Return some of the events, as days before an earlier end."""
        return Events(self.customers[kept], self.products[kept], self.days[kept] - end)


@dataclass(frozen=True, eq=False)
class Details:
    """Purchases at a finer grain than what is recommended: of the single products of a category.

    Attributes
    ----------
    counts
        csr_matrix of float32 (n_customers, n_details).
    about
        What is known of each detail: a column an attribute (str or NaN).
    events
        The purchases in time; None where the source has no time.
    """

    counts: sparse.csr_matrix[np.float32]
    about: pd.DataFrame
    events: Events | None = None

    def before(self, days: float) -> Details:
        """Return the details as they were some days before the end of the data."""
        if self.events is None:
            raise ValueError("without a time there is no before")
        old = self.events.where(self.events.days >= days, days)
        return replace(self, counts=old.counts(self.counts.shape), events=old)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What is known of some customers and products.

    Attributes
    ----------
    counts
        csr_matrix of float32 (n_customers, n_products); in how many baskets of the customer the
        product was; 0 is not stored.
    about
        What is known of each product: a column an attribute (str or NaN); perhaps none.
    events
        The purchases in time; None where the source has no time.
    details
        None where single products are recommended, or nothing finer is known.
    """

    counts: sparse.csr_matrix[np.float32]
    about: pd.DataFrame
    events: Events | None = None
    details: Details | None = None

    @classmethod
    def of_counts(cls, counts: sparse.csr_matrix[np.float32]) -> Dataset:
        """Return a data set of which nothing else is known."""
        return cls(counts, pd.DataFrame(index=range(counts.shape[1])))

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return int(self.counts.shape[0])

    @property
    def n_products(self) -> int:
        """Number of products."""
        return int(self.counts.shape[1])

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The names of the attributes that tell some products from others."""
        about = self._finest.about
        values = {column: values_of(about, column).dropna().unique() for column in about.columns}
        return tuple(column for column, known in values.items() if len(known) > 1)

    def counts_by(self, attribute: str) -> Counted:
        """Count purchases by the values of an attribute, at the finest grain there is.

        Parameters
        ----------
        attribute
            One of `attributes`, or several joined by ``+``.

        Returns
        -------
        csr_matrix of float32 (n_customers, n_values)
        Index of str (n_values,)
        """
        if attribute not in self._counted:
            self._counted[attribute] = self._count_by(attribute)
        return self._counted[attribute]

    @cached_property
    def _counted(self) -> dict[str, Counted]:
        return {}

    def _count_by(self, attribute: str) -> Counted:
        finest = self._finest
        codes, values = pd.factorize(values_of(finest.about, attribute), sort=True)
        known = np.flatnonzero(codes >= 0)
        ones = np.ones(known.size, np.float32)
        has_value = sparse.csr_matrix((ones, (known, codes[known])), (codes.size, len(values)))
        return sparse.csr_matrix(finest.counts @ has_value), pd.Index(values)

    def before(self, days: float) -> tuple[Dataset, sparse.csr_matrix[np.float32]]:
        """Part the data in time.

        Returns
        -------
        Dataset
            As it was that many days before the end.
        csr_matrix of float32 (n_customers, n_products)
            What was bought after.

        Raises
        ------
        ValueError
            If there is no time.
        """
        if self.events is None:
            raise ValueError("without a time there is no before")
        shape = (self.n_customers, self.n_products)
        is_old = self.events.days >= days
        old = self.events.where(is_old, days)
        late = self.events.where(~is_old).counts(shape)
        details = self.details and self.details.before(days)
        return replace(self, counts=old.counts(shape), events=old, details=details), late

    @property
    def _finest(self) -> Dataset | Details:
        return self.details or self


def values_of(about: pd.DataFrame, attribute: str) -> pd.Series[str]:
    """Return each row's value of an attribute, of several joined by ``+``; NaN where unknown."""
    columns = attribute.split(JOIN)
    if not set(columns) <= set(about.columns):
        return pd.Series(np.nan, index=about.index, dtype="str")
    joined = about[columns[0]].replace("", np.nan)
    for column in columns[1:]:
        joined = joined + JOIN + about[column].replace("", np.nan)
    return joined
