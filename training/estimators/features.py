"""What describes a customer to a linear model: products bought, and attributes of products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from training.dataset import JOIN, values_of
from training.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.dataset import Dataset

_LEAST_CUSTOMERS = 3  # of a column: what fewer share says nothing of others


@dataclass(frozen=True, eq=False)
class Features:
    """Rows over columns: first the products, then the values of each attribute.

    Attributes
    ----------
    rows
        csr_matrix of float32 (n_customers, n_features); a power of log(1 + count), scaled.
    basket
        csr_matrix of float32 (n_products, n_features); the row of somebody who has bought one
        product once. Attributes that a product of this level does not have one value of are left
        out.
    """

    rows: sparse.csr_matrix[np.float32]
    basket: sparse.csr_matrix[np.float32]


def features_of(dataset: Dataset, side: Mapping[str, float], power: float = 1.0) -> Features:
    """Put the columns of products and attributes side by side.

    Parameters
    ----------
    side
        Weight by attribute: the sum of squares of its columns, against that of the products.
    power
        Of log(1 + count). The columns of the products keep the sum of squares that they have
        with 1.

    Raises
    ------
    ConfigError
        If the data have no such attribute.
    """
    squares = _squares(log_counts(dataset.counts))
    products = log_counts(dataset.counts, power)
    scale = _scale(squares, products)
    once = np.float32(np.log(2) ** power)
    rows = [products * scale]
    basket = [sparse.identity(dataset.n_products, np.float32, format="csr") * (once * scale)]
    for attribute, weight in side.items():
        if weight == 0:
            continue
        _require_known(attribute, dataset)
        counts, values = dataset.counts_by(attribute)
        counts = log_counts(counts, power)
        common = np.bincount(counts.indices, minlength=counts.shape[1]) >= _LEAST_CUSTOMERS
        scale = _scale(weight * squares, counts)
        rows.append(counts[:, common] * scale)
        basket.append(_of_products(dataset.about, attribute, values)[:, common] * (once * scale))
    return Features(_beside(rows), _beside(basket))


def log_counts(
    counts: sparse.csr_matrix[np.float32], power: float = 1.0
) -> sparse.csr_matrix[np.float32]:
    """Return a power of log(1 + count) of what is stored; float32."""
    logs = sparse.csr_matrix(counts, dtype=np.float32, copy=True)
    logs.data = np.log1p(logs.data) ** np.float32(power)
    return logs


def _squares(rows: sparse.csr_matrix[np.float32]) -> float:
    return float(rows.power(2).sum())


def _scale(squares: float, rows: sparse.csr_matrix[np.float32]) -> np.float32:
    """Return what gives rows a sum of squares; 0 for rows that are 0."""
    own = _squares(rows)
    return np.float32(np.sqrt(squares / own)) if own else np.float32(0)


def _of_products(
    about: pd.DataFrame, attribute: str, values: pd.Index[str]
) -> sparse.csr_matrix[np.float32]:
    """Return which value each product has: ones (n_products, n_values)."""
    codes = values.get_indexer(pd.Index(values_of(about, attribute)))
    known = np.flatnonzero(codes >= 0)
    ones = np.ones(known.size, np.float32)
    return sparse.csr_matrix((ones, (known, codes[known])), (codes.size, len(values)))


def _beside(blocks: list[sparse.csr_matrix[np.float32]]) -> sparse.csr_matrix[np.float32]:
    return sparse.csr_matrix(sparse.hstack(blocks, format="csr", dtype=np.float32))


def _require_known(attribute: str, dataset: Dataset) -> None:
    missing = set(attribute.split(JOIN)) - set(dataset.attributes)
    if missing:
        raise ConfigError(
            f"side.{attribute}: the data have no attribute {sorted(missing)[0]!r}; they have "
            f"{', '.join(dataset.attributes) or 'none'} (catalogue.attributes keeps more)"
        )
