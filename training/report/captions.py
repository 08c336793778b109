"""What stands with each figure: a heading, how to read it, and in words what is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.report.measure import MODEL
from training.report.words import percent, points

if TYPE_CHECKING:
    from training.report.measure import Measured


@dataclass(frozen=True)
class Caption:
    """The text around a figure; ``alt`` says in words what is drawn."""

    heading: str
    text: str
    alt: str


def captions(measured: Measured) -> dict[str, Caption]:
    """Return the text around each figure, by the name of its file."""
    k = measured.cut_offs[0]
    return {
        "recall-curve": Caption(
            "Recall, by how many recommendations are shown",
            "The share of what a customer bought that is among the first k recommendations, the "
            "mean over customers. The bands are 95% intervals over customers.",
            _curve_alt(measured),
        ),
        "leads": Caption(
            "How far the model is ahead",
            "The model's recall minus that of each rival, customer by customer, in points of "
            "percent. Where the band does not touch zero, the difference is more than chance.",
            _leads_alt(measured),
        ),
        "activity": Caption(
            "For whom it works: customers by how much they buy",
            f"Recall at {k} of customers in groups, as equal in size as ties allow, from "
            "those with the fewest known products to those with the most; lines are 95% intervals.",
            _activity_alt(measured),
        ),
        "categories": Caption(
            "For what it works: products by category",
            f"Left: of all held-out purchases in a category, the share that is among the first {k} "
            "recommendations, with 95% intervals. Right: the category's share of these "
            "recommendations (marks) and of the purchases (bars): marks beyond the bar are a "
            "category recommended more than it is bought.",
            _categories_alt(measured),
        ),
        "popularity": Caption(
            "How much the popular is preferred",
            "The products in parts of the catalogue, the most bought first: each part's share of "
            f"the first {k} recommendations (marks) and of the held-out purchases (bars).",
            _popularity_alt(measured),
        ),
    }


def _curve_alt(measured: Measured) -> str:
    lines = [
        f"{name} from {percent(values[0].mean)} to {percent(values[-1].mean)}"
        for name, values in measured.curve.of.items()
    ]
    last = len(measured.curve.of[MODEL])
    return f"Lines of recall for k from 1 to {last}: {', '.join(lines)}."


def _leads_alt(measured: Measured) -> str:
    lines = [
        f"over {name} {points(values[0])} at k = 1 and {points(values[-1])} at k = {len(values)}"
        for name, values in measured.curve.leads.items()
    ]
    return f"Lines of the model's lead in points of recall: {', '.join(lines)}."


def _activity_alt(measured: Measured) -> str:
    groups = [
        f"{group.label} known products {percent(group.recall[MODEL].mean)}"
        for group in measured.activity
    ]
    return f"Dots of recall by known products; the model: {', '.join(groups)}. A table follows."


def _categories_alt(measured: Measured) -> str:
    names = ", ".join(row.name for row in measured.categories)
    return f"Dots of recall and of shares for {names}. A table with the numbers follows."


def _popularity_alt(measured: Measured) -> str:
    first = measured.bands[0]
    shares = [f"{name} {percent(share)}" for name, share in first.exposure.items()]
    return (
        f"Shares by popularity. Of the most bought {percent(first.high)} of the products come "
        f"{percent(first.bought)} of the purchases and of the recommendations {', '.join(shares)}. "
        "A table follows."
    )
