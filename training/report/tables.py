"""The numbers of the report as tables of HTML."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from recommender.metrics import Estimate
from training.report.words import percent, points, with_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from training.report.measure import Measured

_PLAIN = ("novelty", "popularity_bias")  # bits, and a ratio
_SHOWN_K = (1, 5, 10, 20, 30, 50, 100)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column is of headers, and ``head`` if any; texts are escaped."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    above = f"<thead><tr>{heads}</tr></thead>\n" if head else ""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>\n"
        for name, *cells in rows
    )
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption>\n'
        f"{above}<tbody>{body}</tbody></table></div>\n"
    )


def accuracy(measured: Measured) -> str:
    """Return a table of the measures of accuracy for each cut-off."""
    leads = [f"model minus {rival}" for rival in measured.rivals]
    return "".join(
        table(
            f"The first {k} recommendations; % with 95% intervals, differences in points",
            ["", *measured.contenders, *leads],
            [
                [
                    metric,
                    *(with_interval(values[at]) for values in compared.of.values()),
                    *(points(values[at]) for values in compared.leads.values()),
                ]
                for metric, compared in measured.accuracy.items()
            ],
        )
        for at, k in enumerate(measured.cut_offs)
    )


def shown(measured: Measured) -> str:
    """Return the table of what the recommendations show of the catalogue."""
    head = [f"{name}, first {k}" for k in measured.cut_offs for name in measured.contenders]
    first = measured.shown[measured.contenders[0]]
    rows = [
        [
            metric,
            *(
                _cell(metric, measured.shown[name][metric][k])
                for k in measured.cut_offs
                for name in measured.contenders
            ),
        ]
        for metric in first
    ]
    return table("Of all recommendations together", ["", *head], rows)


def of_figure(name: str, measured: Measured) -> str:
    """Return the table that stands below a figure, or nothing where it has none."""
    tables = {
        "recall-curve": _curve,
        "activity": _activity,
        "categories": _categories,
        "popularity": _bands,
    }
    return tables[name](measured) if name in tables else ""


def _curve(measured: Measured) -> str:
    shown_k = [k for k in _SHOWN_K if k <= len(next(iter(measured.curve.of.values())))]
    rows = [
        [name, *(percent(values[k - 1].mean) for k in shown_k)]
        for name, values in measured.curve.of.items()
    ]
    return table("Recall", ["k", *map(str, shown_k)], rows)


def _activity(measured: Measured) -> str:
    rows = [
        [
            group.label,
            f"{group.n_customers:,}",
            *(with_interval(group.recall[name]) for name in measured.contenders),
        ]
        for group in measured.activity
    ]
    head = ["known products", "customers", *measured.contenders]
    return table(f"Recall at {measured.cut_offs[0]} by customers' activity", head, rows)


def _categories(measured: Measured) -> str:
    recalls = [
        [row.name, f"{row.n_held_out:,}", *map(with_interval, row.recall.values())]
        for row in measured.categories
    ]
    shares = [
        [row.name, percent(row.bought), *map(percent, row.exposure.values())]
        for row in measured.categories
    ]
    head = ["category", "purchases", *measured.contenders]
    first = measured.cut_offs[0]
    return table(f"Recall at {first} by category", head, recalls) + table(
        f"Shares of the first {first} recommendations by category", head, shares
    )


def _bands(measured: Measured) -> str:
    rows = [
        [
            f"{100 * band.low:.0f} to {100 * band.high:.0f}%",
            percent(band.bought),
            *(percent(band.exposure[name]) for name in measured.contenders),
        ]
        for band in measured.bands
    ]
    head = ["products, most bought first", "purchases", *measured.contenders]
    return table(f"Shares of the first {measured.cut_offs[0]} by popularity", head, rows)


def lineage(origin: Mapping[str, Any]) -> str:
    """Return the table of where a model comes from; its configuration below as it was resolved."""
    facts = {name: value for name, value in origin.items() if name != "config"}
    config = json.dumps(origin.get("config", {}), indent=2, ensure_ascii=False)
    return (
        table("Data, code, seed, libraries", [], _flat(facts))
        + f"<h3>Configuration</h3>\n<pre>{escape(config)}</pre>\n"
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name} ")
        elif isinstance(value, (list, tuple)):
            yield f"{prefix}{name}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{name}", "unknown" if value is None else str(value)


def _cell(metric: str, value: Estimate | float) -> str:
    number = value.mean if isinstance(value, Estimate) else value
    return f"{number:.2f}" if metric in _PLAIN else percent(number)
