"""The model of data that nobody has chosen one for: a blend, tuned on validation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from training.config import ModelConfig
from training.tuning.space import FOLDER
from training.tuning.tune import tune

if TYPE_CHECKING:
    from training.config import Config
    from training.prepared import Prepared
    from training.tuning.plan import Plan

_CLOSED_FORM = 20_000  # customers or products, whichever are fewer: what EASE can invert in minutes
_LARGE = FOLDER / "blend-large.toml"


def tuned_config(prepared: Prepared, config: Config, plan: Plan) -> Config:
    """Return the configuration with a model whose parameters were chosen on validation.

    A configuration that names an estimator has that one tuned; otherwise it is a blend around
    EASE, or around softmax factors where there are too many customers and products for a closed
    form.

    Raises
    ------
    DataError
        If validation is empty.
    StudyError
        If not a single trial succeeds.
    """
    if config.model.is_auto:
        is_small = min(prepared.n_customers, prepared.n_products) <= _CLOSED_FORM
        parameters = {} if is_small else {"members": ["softmax"]}
        config = replace(config, model=ModelConfig(estimator="blend", parameters=parameters))
        plan = replace(plan, space=plan.space or (None if is_small else _LARGE))
    return tune(prepared, config, plan).config
