"""From a model in memory to its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender import artifact
from recommender.model import FALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recommender.model import Model

PRODUCTS_TABLE = "products.parquet"


def save(
    folder: Path, model: Model, *, lineage: Mapping[str, Any], metrics: Mapping[str, Any]
) -> str:
    """Write a model with a table of its products for people; return its digest."""
    tables = {PRODUCTS_TABLE: _parquet(_products(model))}
    return artifact.write(folder, model, lineage=lineage, metrics=metrics, tables=tables)


def _products(model: Model) -> pa.Table:
    """Return id, name, category and number of buying customers of each product."""
    catalogue, rows = model.catalogue, range(len(model.catalogue))
    scorer = model.scorers[FALLBACK]
    customers = scorer.scores(np.zeros(1, dtype=np.int64))[0]
    return pa.table(
        {
            "product_id": pa.array(list(catalogue.products), pa.string()),
            "name": pa.array(catalogue.names, pa.string()),
            "category": pa.array([catalogue.category(row) for row in rows], pa.string()),
            "customers": pa.array(customers.astype(np.int64)),
        }
    )


def _parquet(table: pa.Table) -> bytes:
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    return bytes(buffer.getvalue().to_pybytes())
