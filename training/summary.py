"""A prepared set's summary as lines to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def text_of(summary: Mapping[str, Any]) -> str:
    """Write a summary, as `Prepared.summary` gives it, in lines.

    Parameters
    ----------
    summary : mapping
        prepared, digest, rows, customers, products, baskets, pairs, period.
    """
    rows, period = summary["rows"], summary["period"]
    of_parts = ", ".join(f"{n:,} {part}" for part, n in summary["pairs"].items())
    lines = [
        f"{summary['prepared']}  {summary['digest']}",
        f"{rows['read']:>12,} rows read",
        *(f"{n:>12,} dropped: {reason}" for reason, n in rows["dropped"].items()),
        f"{rows['kept']:>12,} rows kept",
        *(f"{summary[what]:>12,} {what}" for what in ("customers", "products", "baskets")),
        f"{sum(summary['pairs'].values()):>12,} pairs: {of_parts}",
    ]
    if period:
        lines.append(f"{'period':>12} {period['first']} to {period['last']}")
    if "train_end" in period:
        ends = f"train to {period['train_end']}, validation to {period['validation_end']}"
        lines.append(f"{'':>12} {ends}")
    return "\n".join(lines)
