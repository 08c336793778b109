"""Recommendations for many customers at once, into a Parquet file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.errors import CutOffError, ModeError
from recommender.manifest import MANIFEST_NAME
from recommender.query import K_MAX
from training.errors import DataError, SourceError
from training.progress import bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.model import Model

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "product_id": pa.string(),
        "rank": pa.int32(),
        "score": pa.float32(),
    }
)
_SCORES = 1 << 24  # of a batch at once: 64 MiB as float32; ranking takes a few times that
_ROWS = 1 << 20  # of a row group


def predict(
    model: Model,
    out: Path,
    *,
    k: int,
    mode: str = "discover",
    customer_ids: Sequence[str] | None = None,
    progress: bool = True,
) -> int:
    """Rank products for customers, by the same functions as the service, and write a file.

    Memory does not grow with the number of customers: a batch is as many as have 64 MiB of scores
    together and fill at most 1,048,576 rows, at least one, and is one row group of the file.

    Parameters
    ----------
    out
        Parquet with ``customer_id``, ``product_id``, ``rank`` (from 1) and ``score``; it appears
        whole or not at all.
    customer_ids
        Whom to rank for; None for all that the model knows.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    DataError
        Naming a customer that the model does not know.
    CutOffError, ModeError
        If ``k`` or ``mode`` is not one that can be answered.
    """
    require_file(out)
    if not 1 <= k <= K_MAX:
        raise CutOffError(f"k is {k}; it must be a whole number from 1 to {K_MAX}")
    if mode not in model.modes:
        raise ModeError(f"mode is {mode!r}; this model has {', '.join(model.modes)}")
    customers = _rows(model, customer_ids)
    out.parent.mkdir(parents=True, exist_ok=True)
    n_rows = 0
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as temporary:
        unfinished = Path(temporary) / out.name
        with pq.ParquetWriter(unfinished, SCHEMA, compression="zstd") as writer:
            for table in _tables(model, customers, mode, k, progress=progress):
                writer.write_table(table)
                n_rows += table.num_rows
        unfinished.replace(out)
    return n_rows


def require_file(out: Path) -> None:
    """Raise unless a file may be written here: new, or a file already.

    Raises
    ------
    DataError
        If something else is there.
    """
    if not out.name or (out.exists() and not out.is_file()):
        raise DataError(f"{out} is there and is no file; name a file to write with --out")
    if (out.parent / MANIFEST_NAME).exists():
        raise DataError(f"{out.parent} is a model, which would be damaged; name another place")


def read_ids(path: Path) -> list[str]:
    """Return the customer ids of a file, one a line; empty lines are passed over.

    Raises
    ------
    SourceError
        If the file cannot be read, or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read ({error}); give a text file of ids") from None
    ids = [line.strip() for line in lines if line.strip()]
    if not ids:
        raise SourceError(f"{path} holds no id; write one a line, or leave --customers out for all")
    return ids


def _rows(model: Model, customer_ids: Sequence[str] | None) -> NDArray[np.int64]:
    if customer_ids is None:
        return np.arange(len(model.customers))
    rows = [model.customers.row(customer_id) for customer_id in customer_ids]
    if None in rows:
        unknown = customer_ids[rows.index(None)]
        raise DataError(
            f"customer {unknown!r} is not among the {len(model.customers)} that the model knows; "
            "leave it out, or ask the service, which answers with what is popular"
        )
    return np.array(rows, dtype=np.int64)


def _tables(
    model: Model, customers: NDArray[np.int64], mode: str, k: int, *, progress: bool
) -> Iterator[pa.Table]:
    customer_ids = pa.array(list(model.customers), pa.string())
    product_ids = pa.array(list(model.catalogue.products), pa.string())
    batch_size = _batch_size(len(model.catalogue), k)
    starts = range(0, customers.size, batch_size)
    for start in bar(starts, "predict", "batch", shown=progress):
        batch = customers[start : start + batch_size]
        ranked, scores = model.rank(batch, mode, k)
        yield pa.table(
            {
                "customer_id": customer_ids.take(pa.array(batch[ranked.rows()])),
                "product_id": product_ids.take(pa.array(ranked.products)),
                "rank": (ranked.places() + 1).astype(np.int32),
                "score": scores,
            },
            schema=SCHEMA,
        )


def _batch_size(n_products: int, k: int) -> int:
    """Return how many customers are ranked at once."""
    by_scores = _SCORES // max(n_products, 1)
    return max(1, min(by_scores, _ROWS // max(min(k, n_products), 1)))
