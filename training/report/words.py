"""What the numbers say, in sentences that are true whatever the numbers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.metrics import Estimate
from recommender.model import FALLBACK
from training.report.measure import CHAMPION, MODEL

if TYPE_CHECKING:
    from training.report.measure import Measured

NAMES = {MODEL: "the model", FALLBACK: "popularity", CHAMPION: "the champion"}
_COUNTED = {
    "discover": "products that were new to the customer",
    "rebuy": "products that the customer had bought before",
    "mixed": "new and known products alike",
}
_TO = "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"  # an interval stays on one line


def percent(fraction: float) -> str:
    """Return a fraction in percent, as ``12.3%``."""
    return f"{100 * fraction:.1f}%"


def with_interval(value: Estimate) -> str:
    """Return an estimate in percent, as ``12.3% (11.9 to 12.8)``."""
    return f"{percent(value.mean)} ({100 * value.low:.1f}{_TO}{100 * value.high:.1f})"


def points(value: Estimate) -> str:
    """Return a difference in points of percent, as ``+1.23 (+0.90 to +1.57)``."""
    mean, low, high = (100 * part for part in (value.mean, value.low, value.high))
    return f"{mean:+.2f} ({low:+.2f}{_TO}{high:+.2f})"


def verdict(lead: Estimate, rival: str) -> str:
    """Return whether the model is ahead of a rival: only if the interval excludes zero."""
    if lead.low > 0:
        return f"the model is ahead of {rival}: {points(lead)} points of recall"
    if lead.high < 0:
        return f"the model is behind {rival}: {points(lead)} points of recall"
    if lead.low == lead.mean == lead.high == 0:
        return f"the model and {rival} find the same"
    return (
        f"the model and {rival} cannot be told apart: their difference in recall, {points(lead)} "
        "points, may be chance"
    )


def summary(measured: Measured) -> list[str]:
    """Return what a merchandiser should know, a sentence or two each."""
    sentences = [_recall(measured), *_verdicts(measured), _hit_rate(measured)]
    sentences += [_coverage(measured), _popularity(measured)]
    if len(measured.activity) > 1:
        sentences.append(_activity(measured))
    return sentences


def _recall(measured: Measured) -> str:
    shares = [
        f"the first {k} recommendations hold {with_interval(value)}"
        for k, value in zip(measured.cut_offs, measured.accuracy["recall"].of[MODEL], strict=True)
    ]
    return (
        f"Of what a customer bought and the model was not shown ({_COUNTED[measured.mode]}), "
        f"{', and '.join(shares)}: means over {measured.n_customers:,} customers, in brackets "
        "their 95% intervals."
    )


def _verdicts(measured: Measured) -> list[str]:
    leads = measured.accuracy["recall"].leads
    return [
        f"In the first {k} recommendations {verdict(lead, NAMES[rival])}."
        for rival, of_each in leads.items()
        for k, lead in zip(measured.cut_offs, of_each, strict=True)
    ]


def _hit_rate(measured: Measured) -> str:
    rates = measured.accuracy["hit_rate"].of
    return (
        f"{with_interval(rates[MODEL][0])} of the customers find at least one such product among "
        f"their first {measured.cut_offs[0]}; with popularity {percent(rates[FALLBACK][0].mean)}."
    )


def _coverage(measured: Measured) -> str:
    k = measured.cut_offs[0]
    ours, popular = (measured.shown[name]["coverage"][k] for name in (MODEL, FALLBACK))
    return (
        f"All customers' first {k} together show {percent(_number(ours))} of the "
        f"{measured.n_products:,} products; popularity shows {percent(_number(popular))}."
    )


def _popularity(measured: Measured) -> str:
    k = measured.cut_offs[0]
    ours = measured.shown[MODEL]
    recommended, bias = (
        _number(ours[name][k]) for name in ("popularity_recommended", "popularity_bias")
    )
    return (
        f"A recommended product is one that {percent(recommended)} of the customers had bought, on "
        f"average; one that was then bought, {percent(measured.popularity_bought)}: the ratio is "
        f"{bias:.2f}, where 1 would be recommending things as popular as those bought."
    )


def _activity(measured: Measured) -> str:
    groups = sorted(measured.activity, key=lambda group: group.recall[MODEL].mean)
    worst, best = groups[0], groups[-1]
    apart = worst.recall[MODEL].high < best.recall[MODEL].low
    return (
        "By the number of products that a customer is known to have bought, recall is highest at "
        f"{best.label}, with {with_interval(best.recall[MODEL])}, and lowest at {worst.label}, "
        f"with {with_interval(worst.recall[MODEL])}"
        + ("." if apart else "; the intervals overlap, so the order may be chance.")
    )


def _number(value: Estimate | float) -> float:
    return value.mean if isinstance(value, Estimate) else value
