"""The model of data that nobody has chosen one for: a blend, tuned on validation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from training.config import ModelConfig
from training.tuning.tune import tune

if TYPE_CHECKING:
    from training.config import Config
    from training.prepared import Prepared
    from training.tuning.plan import Plan

_SMALL = 20_000  # customers or products, whichever are fewer: what EASE can invert in minutes
_DENSE = 400_000_000  # customers times products, which EASE writes down where customers are fewer


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
        member = (
            "ease" if closed_form_fits(prepared.n_customers, prepared.n_products) else "softmax"
        )
        parameters = {"members": [member], **config.model.parameters}
        config = replace(config, model=ModelConfig(estimator="blend", parameters=parameters))
    return tune(prepared, config, plan).config


def closed_form_fits(n_customers: int, n_products: int) -> bool:
    """Tell whether EASE solves for so many in the memory and minutes of a small machine."""
    is_primal = n_products <= n_customers
    return min(n_customers, n_products) <= _SMALL and (
        is_primal or n_customers * n_products <= _DENSE
    )
