"""How the parameters were found: the figures of an Optuna study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from optuna.importance import get_param_importances
from optuna.search_space import intersection_search_space
from optuna.study import StudyDirection, get_all_study_names, load_study
from optuna.trial import TrialState

from training.errors import StudyError
from training.report.figures import BOUGHT, COLOURS, INK, panels
from training.report.measure import MODEL
from training.tuning.storage import open_storage, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

_COLOURMAP = "viridis"


def open_studies(storages: Sequence[str]) -> list[Study]:
    """Return all studies of some storages, each storage's in order of name.

    Parameters
    ----------
    storages
        Journal files by path, databases by URL.

    Raises
    ------
    StudyError
        If one cannot be opened, or holds none.
    """
    studies = []
    for named in storages:
        storage = open_storage(named)
        names = sorted(get_all_study_names(storage))
        if not names:
            raise StudyError(f"{shown(named)} holds no study; name another storage")
        studies += [load_study(study_name=name, storage=storage) for name in names]
    return studies


def study_figures(study: Study) -> dict[str, Figure]:
    """Return the figures of a study by name; those for which it has too few trials are left out.

    ``history``: each finished trial and the best so far. ``importances``: how much of the
    variation each parameter explains (Watanabe et al., "PED-ANOVA: efficiently quantifying
    hyperparameter importance in arbitrary subspaces", 2023). ``parallel``: a line a trial through
    the values of the parameters that all trials share.

    Parameters
    ----------
    study
        With one objective.
    """
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    drawn = {}
    if trials:
        drawn["history"] = _history(trials, study.direction)
    space = intersection_search_space(trials)
    if space and len({trial.value for trial in trials}) > 1:
        drawn["importances"] = _importances(study, list(space))
        drawn["parallel"] = _parallel(trials, space)
    return drawn


def _history(trials: Sequence[FrozenTrial], direction: StudyDirection) -> Figure:
    figure, (axes,) = panels(1, height=3.0)
    numbers, values = [trial.number for trial in trials], _values(trials)
    best = np.maximum if direction == StudyDirection.MAXIMIZE else np.minimum
    axes.plot(numbers, values, "o", color=BOUGHT, markersize=4, label="trial")
    axes.step(
        numbers, best.accumulate(values), where="post", color=COLOURS[MODEL], label="best so far"
    )
    axes.set_xlabel("trial", color=INK)
    axes.set_ylabel("value on validation", color=INK)
    axes.legend(loc="best", frameon=False, labelcolor=INK)
    return figure


def _importances(study: Study, parameters: list[str]) -> Figure:
    shares = get_param_importances(study, params=parameters)  # the largest first
    figure, (axes,) = panels(1, height=1.0 + 0.3 * len(shares))
    axes.barh(range(len(shares)), list(shares.values()), color=COLOURS[MODEL], height=0.7)
    axes.set_yticks(range(len(shares)), list(shares))
    axes.invert_yaxis()
    axes.set_xlabel("importance, of 1 in all", color=INK)
    return figure


def _parallel(trials: Sequence[FrozenTrial], space: dict[str, BaseDistribution]) -> Figure:
    figure, (axes,) = panels(1, height=3.6)
    columns = [_scaled(trials, name, distribution) for name, distribution in space.items()]
    heights = np.column_stack([column for column, _, _ in columns])  # (n_trials, n_parameters)
    values = _values(trials)
    order = np.argsort(values)
    lines = LineCollection(
        [np.column_stack([np.arange(len(space)), heights[row]]) for row in order],
        cmap=_COLOURMAP,
        alpha=0.7,
    )
    lines.set_array(values[order])
    axes.add_collection(lines)
    bar = figure.colorbar(lines, ax=axes)
    bar.set_label("value on validation", color=INK)
    bar.ax.tick_params(colors=INK, labelsize=9)
    for place, (_, low, high) in enumerate(columns):
        for height, end in ((-0.05, low), (1.05, high)):
            axes.text(place, height, end, color=INK, fontsize=7.5, ha="center", va="center")
    axes.set_xlim(-0.3, len(space) - 0.7)
    axes.set_ylim(-0.1, 1.1)
    axes.set_yticks([])
    axes.set_xticks(range(len(space)), list(space), rotation=25, ha="right")
    return figure


def _scaled(
    trials: Sequence[FrozenTrial], name: str, distribution: BaseDistribution
) -> tuple[NDArray[np.float64], str, str]:
    """Return a parameter's values on a scale from 0 to 1, and what its ends mean."""
    taken: list[Any] = [trial.params[name] for trial in trials]
    choices = getattr(distribution, "choices", None)
    if choices is not None:
        places = np.array([choices.index(value) for value in taken], dtype=np.float64)
        return places / max(len(choices) - 1, 1), str(choices[0]), str(choices[-1])
    numbers = np.array(taken, dtype=np.float64)
    if getattr(distribution, "log", False):
        numbers = np.log(numbers)
    low, high = numbers.min(), numbers.max()
    scaled = (numbers - low) / (high - low) if high > low else np.full(numbers.size, 0.5)
    low_end, high_end = (
        f"{end:.3g}" if isinstance(end, float) else str(end) for end in (min(taken), max(taken))
    )
    return scaled, low_end, high_end


def _values(trials: Sequence[FrozenTrial]) -> NDArray[np.float64]:
    return np.array([trial.value for trial in trials], dtype=np.float64)
