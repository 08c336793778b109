"""From a prepared set to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import FALLBACK, Model
from recommender.modes import MODES
from recommender.scorers import Repeat
from recommender.vocabulary import Vocabulary
from training.errors import ConfigError
from training.estimators import (
    ESTIMATORS,
    Blended,
    BlendEstimator,
    HeldOut,
    PopularityEstimator,
    make,
)
from training.split import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scipy import sparse

    from recommender.scorers import AnyScorer
    from training.config import ModelConfig
    from training.estimators import AnyEstimator
    from training.prepared import Prepared

ALL_BUT_TEST = ("train", "validation")


def estimator_of(config: ModelConfig) -> AnyEstimator:
    """Return the estimator that a configuration asks for; "auto" before tuning is a blend.

    Raises
    ------
    ConfigError
        If there is no such estimator, or it has no such parameters.
    """
    if config.is_auto:
        return make(BlendEstimator, config.parameters)
    if config.estimator not in ESTIMATORS:
        raise ConfigError(
            f"model.estimator = {config.estimator!r} is unknown; there are {', '.join(ESTIMATORS)}"
        )
    return make(ESTIMATORS[config.estimator], config.parameters)


def learned_from(estimator: AnyEstimator, parts: Sequence[str]) -> list[str]:
    """Return the parts that a model has seen: a blend takes its weights from validation."""
    seen = {*parts, *(ALL_BUT_TEST if isinstance(estimator, BlendEstimator) else ())}
    return [part for part in PARTS if part in seen]


def fit(
    prepared: Prepared,
    estimator: AnyEstimator,
    *,
    parts: Sequence[str] = ALL_BUT_TEST,
    modes: Sequence[str] = MODES,
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
    modes
        What a blend learns to answer, of its modes.
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
        A blend has all modes, with weights learned on validation; any other estimator has
        one, which ranks by its scorer alone: ``rebuy`` for repeat purchase, else ``discover``.
    """
    dataset = prepared.dataset(*parts)
    if isinstance(estimator, BlendEstimator):
        known = dataset if tuple(parts) == ("train",) else prepared.dataset("train")
        held_out = HeldOut(known, prepared.matrix("validation"))
        blended = estimator.fit(
            dataset, held_out, modes=modes, seed=seed, device=device, progress=progress
        )
    else:
        watched = {} if on_epoch is None else {"on_epoch": on_epoch}
        scorer = estimator.fit(dataset, seed=seed, device=device, progress=progress, **watched)
        mode = "rebuy" if isinstance(scorer, Repeat) else "discover"
        blended = Blended({estimator.name: scorer}, {mode: {estimator.name: 1.0}})
    popularity: dict[str, AnyScorer] = {FALLBACK: PopularityEstimator().fit(dataset)}
    return Model(
        customers=Vocabulary(prepared.customer_ids),
        catalogue=_catalogue(prepared),
        history=_history(dataset.counts),
        scorers=popularity | blended.scorers,
        modes=blended.modes,
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
