"""What was held out, as a file on which the registry compares models before a promotion."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from registry.gate import held_out
from training.evaluate import require_measurable

if TYPE_CHECKING:
    from training.prepared import Prepared


def write(prepared: Prepared, split: str, out: Path) -> int:
    """Write the purchases of a part by customer, whole or not at all; return of how many customers.

    Raises
    ------
    DataError
        If the part is empty.
    """
    require_measurable(prepared, split)
    bought = purchases(prepared, split)
    content = held_out.to_bytes(prepared.digest, split, bought)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as temporary:
        unfinished = Path(temporary) / out.name
        unfinished.write_bytes(content)
        unfinished.replace(out)
    return len(bought)


def purchases(prepared: Prepared, split: str) -> dict[str, list[str]]:
    """Return the product ids that each customer bought in a part, by customer id."""
    matrix = prepared.matrix(split)
    product_ids = prepared.products["product_id"].tolist()
    return {
        customer_id: [product_ids[product] for product in matrix.indices[start:end]]
        for customer_id, start, end in zip(
            prepared.customer_ids, matrix.indptr, matrix.indptr[1:], strict=False
        )
        if end > start
    }
