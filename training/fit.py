"""From a prepared set to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import FALLBACK, Model
from recommender.vocabulary import Vocabulary
from training.errors import ConfigError
from training.estimators import ESTIMATORS, PopularityEstimator, make

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scipy import sparse

    from recommender.scorers import AnyScorer
    from training.config import ModelConfig
    from training.estimators import Estimator
    from training.prepared import Prepared

ALL_BUT_TEST = ("train", "validation")


def estimator_of(config: ModelConfig) -> Estimator:
    """Return the estimator that a configuration asks for.

    Raises
    ------
    ConfigError
        If there is no such estimator, or it has no such parameters.
    """
    if config.estimator not in ESTIMATORS:
        raise ConfigError(
            f"model.estimator = {config.estimator!r} is unknown; there are {', '.join(ESTIMATORS)}"
        )
    return make(ESTIMATORS[config.estimator], config.parameters)


def fit(
    prepared: Prepared,
    estimator: Estimator,
    *,
    parts: Sequence[str] = ALL_BUT_TEST,
    seed: int = 0,
    device: str = "cpu",
    progress: bool = True,
    on_epoch: Callable[[int, AnyScorer], None] | None = None,
) -> Model:
    """Learn a model from some parts of a prepared set.

    Parameters
    ----------
    parts
        Of ``train``, ``validation`` and ``test``; their purchases are the model's history too.
    seed
        The same prepared set, estimator, parts, seed and machine give the same model.
    device
        ``cpu`` or ``cuda``.
    on_epoch
        Called after each epoch, from 1, with the scorer learned so far; only for an estimator
        that has epochs.

    Returns
    -------
    Model
        With the mode ``discover``, which ranks by the estimator's scorer alone.
    """
    purchases = prepared.matrix(*parts)
    scorers: dict[str, AnyScorer] = {FALLBACK: PopularityEstimator().fit(purchases)}
    if estimator.name not in scorers:
        watched = {} if on_epoch is None else {"on_epoch": on_epoch}
        scorers[estimator.name] = estimator.fit(
            purchases, seed=seed, device=device, progress=progress, **watched
        )
    return Model(
        customers=Vocabulary(prepared.customer_ids),
        catalogue=_catalogue(prepared),
        history=_history(purchases),
        scorers=scorers,
        modes={"discover": {estimator.name: 1.0}},
    )


def _catalogue(prepared: Prepared) -> Catalogue:
    products = prepared.products.fillna({"category": ""})
    ids, names, categories = (
        products[column].tolist() for column in ("product_id", "name", "category")
    )
    return Catalogue(ids, names, categories)


def _history(purchases: sparse.csr_matrix) -> History:
    return History(
        purchases.indptr.astype(np.int64), purchases.indices.astype(np.int32), purchases.shape[1]
    )
