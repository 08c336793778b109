"""Networks that score a user and an item."""

from typing import cast

from torch import Tensor, nn

from spotlight.factorization.bilinear import BilinearScore
from spotlight.layers import ScaledEmbedding, ZeroEmbedding


class BilinearNet(nn.Module):
    """Score = user vector . item vector + user bias + item bias.

    Parameters
    ----------
    num_users, num_items : int
        Number of rows of the tables.
    embedding_dim : int, optional
        Length of the vectors.
    user_embedding_layer, item_embedding_layer : Module, optional
        Take ids (n), return vectors (n, dim) or (n, 1, dim); `ScaledEmbedding` if left out.
    sparse : bool, optional
        Gradients of the tables this network makes itself hold only the rows of a batch.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 32,
        user_embedding_layer: nn.Module | None = None,
        item_embedding_layer: nn.Module | None = None,
        sparse: bool = False,
    ) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim
        self.user_embeddings = (
            ScaledEmbedding(num_users, embedding_dim, sparse=sparse)
            if user_embedding_layer is None
            else user_embedding_layer
        )
        self.item_embeddings = (
            ScaledEmbedding(num_items, embedding_dim, sparse=sparse)
            if item_embedding_layer is None
            else item_embedding_layer
        )
        self.user_biases = ZeroEmbedding(num_users, 1, sparse=sparse)
        self.item_biases = ZeroEmbedding(num_items, 1, sparse=sparse)

    @property
    def _layers(self) -> tuple[nn.Module, nn.Module, nn.Module, nn.Module]:
        return self.user_embeddings, self.item_embeddings, self.user_biases, self.item_biases

    @property
    def tables(self) -> list[nn.Parameter]:
        """User and item vectors (rows, dim), user and item biases (rows, 1)."""
        return [cast(nn.Parameter, layer.weight) for layer in self._layers]

    def forward(self, user_ids: Tensor, item_ids: Tensor) -> Tensor:
        """Score each item for its user.

        Parameters
        ----------
        user_ids : Tensor of int64 (batch)
        item_ids : Tensor of int64 (batch) or (batch, n)
            One item or several for each user.

        Returns
        -------
        Tensor, shape of `item_ids`
        """
        if item_ids.device.type == "cpu" and all(map(_only_looks_up, self._layers)):
            candidates = item_ids if item_ids.dim() == 2 else item_ids.unsqueeze(1)
            scores = cast(Tensor, BilinearScore.apply(*self.tables, user_ids, candidates))
            return scores if item_ids.dim() == 2 else scores.squeeze(1)
        users = _vectors(self.user_embeddings, user_ids)  # (batch, dim)
        items = _vectors(self.item_embeddings, item_ids)  # (batch[, n], dim)
        user_biases = _vectors(self.user_biases, user_ids).squeeze(-1)  # (batch)
        item_biases = _vectors(self.item_biases, item_ids).squeeze(-1)  # (batch[, n])
        if item_ids.dim() == 2:
            users, user_biases = users.unsqueeze(1), user_biases.unsqueeze(1)
        return (users * items).sum(-1) + user_biases + item_biases


def _only_looks_up(layer: nn.Module) -> bool:
    """Whether a layer is a plain table: no padding, no rescaling, dense gradients."""
    return (
        isinstance(layer, nn.Embedding)
        and type(layer).forward is nn.Embedding.forward
        and layer.padding_idx is None
        and layer.max_norm is None
        and not (layer.sparse or layer.scale_grad_by_freq)
    )


def _vectors(layer: nn.Module, ids: Tensor) -> Tensor:
    vectors: Tensor = layer(ids.reshape(-1))  # (ids, dim) or (ids, 1, dim)
    return vectors.reshape(*ids.shape, vectors.shape[-1])
