"""The report's figures.

Made without pyplot, so that nothing global is left behind. Everything that is not data is drawn in
``INK``, which the page replaces by the reader's own colour of text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from recommender.model import FALLBACK
from training.report.measure import CHAMPION, MODEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from recommender.metrics import Estimate
    from training.report.comparison import Comparison
    from training.report.measure import Measured

INK = "#1b1e23"
BOUGHT = "#8a9099"
COLOURS = {MODEL: "#2b7bd6", FALLBACK: "#dd7a2a", CHAMPION: "#a05fd0"}
_MARKERS = {MODEL: "o", FALLBACK: "s", CHAMPION: "^"}
_DASHES = {MODEL: "-", FALLBACK: "--", CHAMPION: "-."}
_WIDTH = 7.2  # inches; the page scales it


def figures(measured: Measured) -> dict[str, Figure]:
    """Return every figure by the name of its file."""
    drawn = {"recall-curve": recall_curve(measured.curve), "leads": leads(measured.curve)}
    drawn["activity"] = activity(measured)
    if len(measured.categories) > 1:
        drawn["categories"] = categories(measured)
    drawn["popularity"] = popularity(measured)
    return drawn


def recall_curve(curve: Comparison) -> Figure:
    """Draw recall at every k, with its 95% band."""
    figure, (axes,) = panels(1, height=3.9)
    for name, estimates in curve.of.items():
        _band(axes, name, estimates, name)
    _label(axes, "recommendations shown (k)", "recall", bottom=0)
    axes.legend(loc="upper left", frameon=False, labelcolor=INK)
    return figure


def leads(curve: Comparison) -> Figure:
    """Draw how far the model is ahead of each rival at every k, with its 95% band."""
    figure, (axes,) = panels(1, height=3.2)
    for rival, estimates in curve.leads.items():
        _band(axes, rival, estimates, f"model minus {rival}")
    axes.axhline(0, color=INK, linewidth=1)
    _label(axes, "recommendations shown (k)", "difference in recall, points")
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{100 * value:+.3g}" if value else "0")
    )
    axes.legend(loc="best", frameon=False, labelcolor=INK)
    return figure


def activity(measured: Measured) -> Figure:
    """Draw recall by how much customers are known to have bought."""
    figure, (axes,) = panels(1, height=3.4)
    groups = measured.activity
    for name, shift in _shifts(measured.contenders):
        _dots(axes, name, np.arange(len(groups)) + shift, [group.recall[name] for group in groups])
    axes.set_xticks(
        range(len(groups)),
        [f"{group.label}\n({group.n_customers:,} customers)" for group in groups],
    )
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.margins(y=0.12)
    _label(axes, "products that a customer is known to have bought", "", bottom=0)
    axes.set_ylabel(f"recall@{measured.cut_offs[0]}", color=INK)
    _legend_above(figure)
    return figure


def categories(measured: Measured) -> Figure:
    """Draw recall, and the share of recommendations and of purchases, of the large categories."""
    rows = [row for row in measured.categories if not row.is_rest]
    figure, (left, right) = panels(2, height=1.5 + 0.3 * len(rows), sharey=True)
    for name, shift in _shifts(measured.contenders):
        places = np.arange(len(rows)) + shift
        _dots(left, name, places, [row.recall[name] for row in rows], across=True)
        right.plot(
            [row.exposure[name] for row in rows],
            places,
            _MARKERS[name],
            color=COLOURS[name],
            markersize=4.5,
            clip_on=False,  # one at 0 is on the edge
        )
    right.barh(
        range(len(rows)),
        [row.bought for row in rows],
        color=BOUGHT,
        alpha=0.35,
        height=0.8,
        label="share of purchases",
    )
    left.set_yticks(range(len(rows)), [_short(row.name) for row in rows])
    left.set_ylim(len(rows) - 0.5, -0.5)
    left.set_xlim(left=0)
    right.set_xlim(left=0)
    for axes, title in (
        (left, f"recall@{measured.cut_offs[0]}"),
        (right, f"share of the first {measured.cut_offs[0]}"),
    ):
        axes.set_xlabel(title, color=INK)
        axes.xaxis.set_major_formatter(_PERCENT)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    _legend_above(figure)
    return figure


def popularity(measured: Measured) -> Figure:
    """Draw the share of recommendations by how popular products are, beside that of purchases."""
    figure, (axes,) = panels(1, height=3.4)
    bands = measured.bands
    places = np.arange(len(bands))
    axes.bar(
        places,
        [band.bought for band in bands],
        color=BOUGHT,
        alpha=0.35,
        width=0.85,
        label="purchases",
    )
    for name in measured.contenders:
        axes.plot(
            places,
            [band.exposure[name] for band in bands],
            _MARKERS[name],
            linestyle=_DASHES[name],
            color=COLOURS[name],
            linewidth=1.2,
            markersize=5,
            label=name,
        )
    axes.set_xticks(places, [f"{100 * band.low:.0f} to {100 * band.high:.0f}" for band in bands])
    axes.tick_params(axis="x", labelsize=8)
    _label(axes, "products, the most bought first, % of the catalogue", "", bottom=0)
    axes.set_ylabel(f"share of the first {measured.cut_offs[0]}", color=INK)
    axes.legend(loc="upper right", frameon=False, labelcolor=INK)
    return figure


_PERCENT = FuncFormatter(lambda value, _: f"{100 * value:.3g}%")


def panels(n: int, *, height: float, sharey: bool = False) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure of ``n`` panels beside each other, ``height`` in inches."""
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    grid = figure.subplots(1, n, squeeze=False, sharey=sharey)[0]
    for axes in grid:
        _style(axes)
    return figure, grid


def _style(axes: Axes) -> None:
    """Draw axes in ink: two lines, faint grid, transparent ground."""
    axes.set_facecolor("none")
    axes.grid(color=INK, alpha=0.12, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)


def _label(axes: Axes, x: str, y: str, *, bottom: float | None = None) -> None:
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.set_ylim(bottom=bottom)


def _band(axes: Axes, name: str, estimates: Sequence[Estimate], label: str) -> None:
    ks = range(1, len(estimates) + 1)
    axes.fill_between(
        ks,
        [value.low for value in estimates],
        [value.high for value in estimates],
        color=COLOURS[name],
        alpha=0.2,
        linewidth=0,
    )
    means = [value.mean for value in estimates]
    axes.plot(ks, means, _DASHES[name], color=COLOURS[name], label=label, linewidth=1.8)


def _dots(
    axes: Axes,
    name: str,
    places: NDArray[np.floating],
    estimates: Sequence[Estimate],
    *,
    across: bool = False,
) -> None:
    """Draw estimates as dots with their intervals; ``across``: along the x axis."""
    means = np.array([value.mean for value in estimates])
    reach = np.abs([[value.low, value.high] for value in estimates] - means[:, np.newaxis]).T
    axes.errorbar(
        means if across else places,
        places if across else means,
        xerr=reach if across else None,
        yerr=None if across else reach,
        label=name,
        fmt=_MARKERS[name],
        color=COLOURS[name],
        markersize=4.5,
        linewidth=1.4,
    )


def _shifts(names: Sequence[str]) -> list[tuple[str, float]]:
    """Return each name and how far beside its place it is drawn, so that none hides another."""
    return [(name, 0.22 * (i - (len(names) - 1) / 2)) for i, name in enumerate(names)]


def _legend_above(figure: Figure) -> None:
    found: dict[str, Artist] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        found |= {str(label): handle for label, handle in zip(labels, handles, strict=True)}
    figure.legend(
        list(found.values()),
        list(found),
        loc="outside upper center",
        ncols=len(found),
        frameon=False,
        labelcolor=INK,
    )


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"
