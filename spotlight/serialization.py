"""Let plain ``torch.load`` read what ``torch.save(model, file)`` wrote.

By default torch.load makes only objects of classes it was told to trust. A model holds these;
a program's own network, layer or optimiser it adds with `torch.serialization.add_safe_globals`.
"""

import torch
from torch.optim import Adam, SparseAdam

from spotlight import layers, losses
from spotlight.factorization.explicit import ExplicitFactorizationModel
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.factorization.representations import BilinearNet


def trust_models() -> None:
    """Tell torch.load to trust every class and function that a model is made of."""
    torch.serialization.add_safe_globals(
        [
            ImplicitFactorizationModel,
            ExplicitFactorizationModel,
            BilinearNet,
            layers.ScaledEmbedding,
            layers.ZeroEmbedding,
            layers.ScaledEmbeddingBag,
            layers.BloomEmbedding,
            losses.pointwise_loss,
            losses.bpr_loss,
            losses.hinge_loss,
            losses.adaptive_hinge_loss,
            losses.regression_loss,
            losses.poisson_loss,
            losses.logistic_loss,
            Adam,
            SparseAdam,
        ]
    )
