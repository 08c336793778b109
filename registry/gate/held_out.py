"""Held-out purchases: a JSON file with what some customers bought that no model learned from.

``python -m training held-out`` writes one; its form is in docs/formats/held-out.schema.json.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FORM = (
    "docs/formats/held-out.schema.json shows the form, and python -m training held-out writes it"
)


@dataclass(frozen=True)
class HeldOut:
    """What some customers bought.

    Parameters
    ----------
    data
        Digest of the prepared set that the purchases are from; None if they are from elsewhere.
    part
        Of that set: ``test`` or ``validation``.
    purchases
        Product ids by customer id; distinct, at least one each.
    digest
        ``sha256:`` and the hex SHA-256 of the file.
    """

    data: str | None
    part: str | None
    purchases: Mapping[str, tuple[str, ...]]
    digest: str

    @property
    def n_purchases(self) -> int:
        """How many pairs of customer and product there are."""
        return sum(map(len, self.purchases.values()))


def to_bytes(data: str, part: str, purchases: Mapping[str, list[str]]) -> bytes:
    """Return the file's content: the same purchases give the same bytes."""
    fields = {"data": data, "part": part, "purchases": purchases}
    return (json.dumps(fields, ensure_ascii=False, sort_keys=True) + "\n").encode()


def read(path: Path) -> HeldOut:
    """Read a file of held-out purchases.

    Raises
    ------
    GateError
        If it cannot be read, or is not of its form.
    """
    try:
        content = path.read_bytes()
        fields = json.loads(content)
    except OSError as error:
        raise GateError(f"{path} cannot be read ({error.strerror}); {_FORM}") from None
    except ValueError as error:
        raise GateError(f"{path} is not JSON ({error}); {_FORM}") from None
    for problem in _problems(fields):
        raise GateError(f"{path}: {problem}; {_FORM}")
    return HeldOut(
        fields.get("data"),
        fields.get("part"),
        {customer: tuple(products) for customer, products in fields["purchases"].items()},
        "sha256:" + hashlib.sha256(content).hexdigest(),
    )


def _problems(fields: Any) -> list[str]:
    """Return what is wrong; nothing where all is well."""
    if not isinstance(fields, dict):
        return ["it is no JSON object"]
    for name in ("data", "part"):
        if not isinstance(fields.get(name), str | None):
            return [f"{name} is {fields[name]!r}, and no text or null"]
    purchases = fields.get("purchases")
    if not isinstance(purchases, dict) or not purchases:
        return ["purchases holds no customer with a list of product ids"]
    return [
        f"the purchases of customer {customer!r} are no list of distinct product ids"
        for customer, products in purchases.items()
        if not _is_list_of_ids(products)
    ]


def _is_list_of_ids(products: Any) -> bool:
    return (
        isinstance(products, list)
        and products != []
        and all(isinstance(product, str) for product in products)
        and len(set(products)) == len(products)
    )
