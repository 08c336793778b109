import re

import pytest
from matplotlib.figure import Figure

from training.report.figures import INK
from training.report.svg import to_png, to_svg


@pytest.fixture
def figure():
    drawn = Figure()
    axes = drawn.subplots()
    axes.plot([0, 1], color="#123456")
    axes.set_title("title", color=INK)
    return drawn


def test_an_element_that_takes_the_colour_of_the_text(figure):
    svg = to_svg(figure, "one", 'a "line" & more')
    assert svg.startswith('<svg role="img" aria-label="a &quot;line&quot; &amp; more" ')
    assert svg.endswith("</svg>")
    assert "<style" not in svg  # it would be the whole page's
    assert INK not in svg
    assert "currentColor" in svg
    assert "#123456" in svg


def test_ids_of_two_figures_do_not_meet_and_lead_somewhere(figure):
    first, second = to_svg(figure, "one", ""), to_svg(figure, "two", "")
    ids = re.findall(r' id="([^"]+)"', first)
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(re.findall(r' id="([^"]+)"', second))
    for target in re.findall(r'(?:href="#|url\(#)([^")]+)', first):
        assert target in ids


def test_the_same_figure_gives_the_same_bytes(figure):
    assert to_svg(figure, "one", "") == to_svg(figure, "one", "")
    assert to_png(figure) == to_png(figure)
    assert to_png(figure).startswith(b"\x89PNG")
