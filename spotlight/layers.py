"""Embedding layers: a vector for every id."""

import numpy as np
import torch
from torch import Tensor, nn

from spotlight.errors import InputError
from spotlight.hashing import murmurhash3_32

# One seed for each hash function a Bloom embedding may use. Saved models depend on them.
SEEDS = [
    179424941, 179425457, 179425907, 179426369, 179424977, 179425517, 179425943, 179426407,
    179424989, 179425529, 179425993, 179426447, 179425003, 179425537, 179426003, 179426453,
    179425019, 179425559, 179426029, 179426491, 179425027, 179425579, 179426081, 179426549,
]  # fmt: skip


class ScaledEmbedding(nn.Embedding):
    """Embedding that starts from a normal with deviation 1 / `embedding_dim`."""

    def reset_parameters(self) -> None:
        """Draw the starting values; the padding row is zero."""
        with torch.no_grad():
            self.weight.normal_(0, 1.0 / self.embedding_dim)
            if self.padding_idx is not None:
                self.weight[self.padding_idx].zero_()


class ZeroEmbedding(nn.Embedding):
    """Embedding that starts from zero, for biases."""

    def reset_parameters(self) -> None:
        """Set every value to zero."""
        nn.init.zeros_(self.weight)


class ScaledEmbeddingBag(nn.EmbeddingBag):
    """Bag of embeddings that starts from a normal with deviation 1 / `embedding_dim`."""

    def reset_parameters(self) -> None:
        """Draw the starting values; the padding row is zero."""
        with torch.no_grad():
            self.weight.normal_(0, 1.0 / self.embedding_dim)
            if self.padding_idx is not None:
                self.weight[self.padding_idx].zero_()


class BloomEmbedding(nn.Module):
    """Embedding of many ids in a small table: an id is the sum of the rows it hashes to.

    Two ids rarely share all their rows, so the table can have fewer rows than there are ids,
    and an optimiser that visits every row has less to do.

    Parameters
    ----------
    num_embeddings : int
        Number of ids.
    embedding_dim : int
        Length of a vector.
    compression_ratio : float, optional
        Rows of the table as a fraction of `num_embeddings`.
    num_hash_functions : int, optional
        Rows summed for an id, 1 to 24.
    bag : bool, optional
        Sum inside one `ScaledEmbeddingBag` call. The same sums, without the rows in between.
    padding_idx : int or None, optional
        An id whose vector is zero and stays so. It hashes to row 0 alone, which is the zero row
        of the table; None leaves every id and every row alike.

    Attributes
    ----------
    embeddings : ScaledEmbedding or ScaledEmbeddingBag
        The table, `compressed_num_embeddings` rows.

    Raises
    ------
    InputError
        If there are too many hash functions, or the table would have no row.

    References
    ----------
    Serra and Karatzoglou, "Getting deep recommenders fit: Bloom embeddings for sparse binary
    input/output networks", RecSys 2017 (arXiv:1706.03993).
    """

    _hashes: Tensor

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        compression_ratio: float = 0.2,
        num_hash_functions: int = 4,
        bag: bool = False,
        padding_idx: int | None = 0,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.compression_ratio = compression_ratio
        self.compressed_num_embeddings = int(compression_ratio * num_embeddings)
        self.num_hash_functions = num_hash_functions
        self.padding_idx = padding_idx
        self._bag = bag
        self._check()

        n_rows = self.compressed_num_embeddings
        padding_row = None if padding_idx is None else 0
        self.embeddings: ScaledEmbedding | ScaledEmbeddingBag = (
            ScaledEmbeddingBag(n_rows, embedding_dim, mode="sum", padding_idx=padding_row)
            if bag
            else ScaledEmbedding(n_rows, embedding_dim, padding_idx=padding_row)
        )
        # Not saved: the seeds are fixed, so any program makes the same hashes.
        self.register_buffer("_hashes", self._hash_all(), persistent=False)

    def __repr__(self) -> str:
        return (
            f"<BloomEmbedding (compression_ratio: {self.compression_ratio}): {self.embeddings!r}>"
        )

    def _check(self) -> None:
        if not 1 <= self.num_hash_functions <= len(SEEDS):
            raise InputError(
                f"num_hash_functions={self.num_hash_functions}: give a number from 1 to "
                f"{len(SEEDS)}."
            )
        if self.compressed_num_embeddings < 1:
            raise InputError(
                f"compression_ratio={self.compression_ratio} of {self.num_embeddings} ids leaves "
                "no row in the table; raise it."
            )

    def _hash_all(self) -> Tensor:
        ids = np.arange(self.num_embeddings, dtype=np.int32)
        seeds = SEEDS[: self.num_hash_functions]
        hashes = [murmurhash3_32(ids, seed).view(np.int32) for seed in seeds]
        rows = np.stack(hashes, axis=1).astype(np.int64) % self.compressed_num_embeddings
        if self.padding_idx is not None:
            rows[self.padding_idx] = 0
        return torch.from_numpy(rows)  # (num_embeddings, num_hash_functions)

    def forward(self, indices: Tensor) -> Tensor:
        """Look the vectors of ids up.

        Parameters
        ----------
        indices : Tensor of int64 (batch) or (batch, sequence)

        Returns
        -------
        Tensor (batch, 1, embedding_dim) or (batch, sequence, embedding_dim)
        """
        rows = self._hashes[indices.reshape(-1)]  # (batch * sequence, n_hashes)
        vectors: Tensor = self.embeddings(rows)
        if not self._bag:
            vectors = vectors.sum(1)
        sequence = indices.shape[1] if indices.dim() == 2 else 1
        return vectors.view(indices.shape[0], sequence, self.embedding_dim)
