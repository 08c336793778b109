"""The result of a measurement, for a program and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender.metrics import Estimate
from recommender.model import FALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

PROTOCOL = "original"
Metrics = dict[str, dict[int, "Estimate | float"]]  # by name and cut-off
_PLAIN = ("novelty", "popularity_bias")  # bits, and a ratio: no percentages


@dataclass(frozen=True)
class Evaluation:
    """Recall at each cut-off, popularity's beside it, and the paired difference of the two.

    ``metrics`` holds all that is measured besides, of ``model`` and of ``popularity``, by name and
    cut-off: an estimate where it is a mean over customers, a number where it is one of all
    recommendations together.
    """

    split: str
    mode: str
    n_customers: int
    recall: dict[int, Estimate]
    popularity: dict[int, Estimate]
    difference: dict[int, Estimate]
    metrics: dict[str, Metrics]

    def to_dict(self, model: str) -> dict[str, Any]:
        """Return the evaluation of the model of that name as plain values; fractions in 0..1."""
        return {
            "protocol": PROTOCOL,
            "split": self.split,
            "mode": self.mode,
            "k": list(self.recall),
            "model": model,
            "n_customers": self.n_customers,
            "recall": _plain(self.recall),
            "metrics": _all_plain(self.metrics["model"]),
            "baselines": {
                FALLBACK: {
                    "recall": _plain(self.popularity),
                    "difference": _plain(self.difference),
                    "metrics": _all_plain(self.metrics[FALLBACK]),
                }
            },
        }

    def to_text(self, model: str) -> str:
        """Return the evaluation as tables for people, in percent."""
        named = {model: self.recall, FALLBACK: self.popularity, "difference": self.difference}
        rows = [["", *(f"recall@{k}" for k in self.recall)]]
        rows += [[name, *map(_with_interval, values.values())] for name, values in named.items()]
        heads = [f"{of}@{k}" for k in self.recall for of in ("model", FALLBACK)]
        further = [["", *heads]]
        further += [[name, *self._beside(name)] for name in self.metrics["model"]]
        note = (
            f"{self.n_customers:,} customers, split {self.split!r}, mode {self.mode!r}, protocol "
            f"{PROTOCOL!r}; %, with 95% intervals over customers; novelty in bits, "
            "popularity_bias a ratio"
        )
        return "\n".join([*_table(rows, 22), "", *_table(further, 13), note])

    def _beside(self, metric: str) -> list[str]:
        both = [self.metrics[name][metric] for name in ("model", FALLBACK)]
        return [_mean(metric, values[k]) for k in self.recall for values in both]


def _table(rows: list[list[str]], width: int) -> list[str]:
    first = max(len(name) for name, *_ in rows)
    return [
        (f"{name:{first}}  " + "  ".join(f"{cell:>{width}}" for cell in cells)).rstrip()
        for name, *cells in rows
    ]


def _all_plain(metrics: Metrics) -> dict[str, dict[str, Any]]:
    return {name: _plain(values) for name, values in metrics.items()}


def _plain(values: Mapping[int, Estimate | float]) -> dict[str, Any]:
    return {
        str(k): value.to_dict() if isinstance(value, Estimate) else value
        for k, value in values.items()
    }


def _with_interval(value: Estimate) -> str:
    mean, low, high = (100 * fraction for fraction in (value.mean, value.low, value.high))
    return f"{mean:.1f} ({low:.1f} to {high:.1f})"


def _mean(metric: str, value: Estimate | float) -> str:
    number = value.mean if isinstance(value, Estimate) else value
    return f"{number:.2f}" if metric in _PLAIN else f"{100 * number:.1f}"
