import dataclasses

import numpy as np
import pytest
from matplotlib import pyplot

from training.report.figures import figures, leads, recall_curve


def test_a_figure_for_everything_measured(measured):
    assert list(figures(measured)) == ["recall-curve", "leads", "activity", "popularity"]


def test_categories_are_drawn_where_there_are_several(measured):
    (row,) = measured.categories
    two = [
        dataclasses.replace(row, name=name) for name in ("tea", "a very long name of a category")
    ]
    rest = dataclasses.replace(row, name="all 3 others", is_rest=True)
    drawn = figures(dataclasses.replace(measured, categories=[*two, rest]))
    labels = [label.get_text() for label in drawn["categories"].axes[0].get_yticklabels()]
    assert labels == ["tea", "a very long name of a categ…"]


def test_the_curves_are_the_means_and_their_bands(measured):
    (axes,) = recall_curve(measured.curve).axes
    assert [line.get_label() for line in axes.lines] == measured.contenders
    ours = measured.curve.of["model"]
    assert axes.lines[0].get_ydata() == pytest.approx([value.mean for value in ours])
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(min(value.low for value in ours))
    assert band.max() == pytest.approx(max(value.high for value in ours))


def test_the_leads_stand_beside_zero(measured):
    (axes,) = leads(measured.curve).axes
    assert np.array_equal(axes.lines[-1].get_ydata(), [0, 0])


def test_no_global_state_is_made(measured):
    figures(measured)
    assert pyplot.get_fignums() == []
