"""Figures as pictures: in the page and beside it."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

import matplotlib as mpl

from training.report.figures import INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 200
_STYLE = "stroke-linejoin: round; stroke-linecap: butt"  # matplotlib's, of this figure alone


def to_svg(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an SVG element for a page.

    Ink takes the colour of the text around it, so that it is read in light and dark. Ids begin
    with ``name``, so that those of several figures do not meet. The same figure gives the same
    text.

    Parameters
    ----------
    description
        What it shows, for whoever cannot see it.
    """
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = svg.replace(INK, "currentColor")
    label = html.escape(description, quote=True)
    return svg.replace(
        "<svg ", f'<svg role="img" aria-label="{label}" style="{_STYLE}" ', 1
    ).strip()


def to_png(figure: Figure) -> bytes:
    """Return a figure as a PNG on white, to paste somewhere; the same figure, the same bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return stream.getvalue()
