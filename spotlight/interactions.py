"""Data sets: who interacted with what, as pairs or as sequences."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from spotlight.errors import InputError


class Interactions:
    """Pairs of users and items, with what is known about each pair.

    For implicit feedback only observed pairs are given; a pair that is absent is unknown and
    may be sampled as a negative. For explicit feedback every pair has its rating.

    Parameters
    ----------
    user_ids, item_ids : array of integers (n_interactions,)
        Row numbers from 0.
    ratings : array of float32 (n_interactions,), optional
    timestamps : array of int32 (n_interactions,), optional
        Any unit; only the order is used.
    weights : array of float32 (n_interactions,), optional
        Carried along; no loss uses them.
    num_users, num_items : int, optional
        Number of users and items in all, more than the largest id. Left out, the largest id
        plus one; an empty data set needs both.

    Attributes
    ----------
    user_ids, item_ids, ratings, timestamps, weights : array or None
        As given, not copied.
    num_users, num_items : int

    Raises
    ------
    InputError
        If an id is negative or not below the declared number, or the lengths differ.
    """

    def __init__(  # noqa: PLR0917 (the signature programs know)
        self,
        user_ids: NDArray[Any],
        item_ids: NDArray[Any],
        ratings: NDArray[Any] | None = None,
        timestamps: NDArray[Any] | None = None,
        weights: NDArray[Any] | None = None,
        num_users: int | None = None,
        num_items: int | None = None,
    ) -> None:
        self.user_ids = np.asarray(user_ids)
        self.item_ids = np.asarray(item_ids)
        self.ratings = _array_or_none(ratings)
        self.timestamps = _array_or_none(timestamps)
        self.weights = _array_or_none(weights)
        self.num_users = num_users or _count_from(self.user_ids, "user")
        self.num_items = num_items or _count_from(self.item_ids, "item")
        self._check()

    def __repr__(self) -> str:
        return (
            f"<Interactions dataset ({self.num_users} users x {self.num_items} items "
            f"x {len(self)} interactions)>"
        )

    def __len__(self) -> int:
        return len(self.user_ids)

    def _check(self) -> None:
        check_ids(self.user_ids, self.num_users, "user")
        check_ids(self.item_ids, self.num_items, "item")
        for name in ("item_ids", "ratings", "timestamps", "weights"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self):
                raise InputError(
                    f"{name} has {len(column)} entries, but there are {len(self)} user_ids; "
                    "give one entry for each interaction."
                )

    def take(self, chosen: NDArray[Any] | slice) -> "Interactions":
        """Choose some interactions, in the order given.

        Parameters
        ----------
        chosen : slice, array of bool (n_interactions,) or array of positions

        Returns
        -------
        Interactions
            With the same `num_users` and `num_items`; it may be empty.
        """
        optional = (self.ratings, self.timestamps, self.weights)
        ratings, timestamps, weights = (None if c is None else c[chosen] for c in optional)
        return Interactions(
            self.user_ids[chosen],
            self.item_ids[chosen],
            ratings=ratings,
            timestamps=timestamps,
            weights=weights,
            num_users=self.num_users,
            num_items=self.num_items,
        )

    def tocoo(self) -> sp.coo_matrix:
        """Lay the interactions out as a sparse matrix in coordinate form.

        Returns
        -------
        scipy.sparse.coo_matrix (num_users, num_items)
            The ratings, or 1.0 for each interaction where there are none.
        """
        values = self.ratings if self.ratings is not None else np.ones(len(self))
        return sp.coo_matrix(
            (values, (self.user_ids, self.item_ids)), shape=(self.num_users, self.num_items)
        )

    def tocsr(self) -> sp.csr_matrix:
        """Lay the interactions out as a sparse matrix by rows.

        Returns
        -------
        scipy.sparse.csr_matrix (num_users, num_items)
            As `tocoo`; a pair that occurs more than once holds the sum.
        """
        return self.tocoo().tocsr()

    def to_sequence(
        self,
        max_sequence_length: int = 10,
        min_sequence_length: int | None = None,
        step_size: int | None = None,
    ) -> "SequenceInteractions":
        """Cut every user's items, in order of time, into windows.

        A window ends at the user's last item, the next one `step_size` items earlier, and so
        on while it holds an item. Items 1 to 5 at length 5 and step 2 give::

            [[1, 2, 3, 4, 5],
             [0, 0, 1, 2, 3],
             [0, 0, 0, 0, 1]]

        Parameters
        ----------
        max_sequence_length : int, optional
            Width of a window; shorter ones are padded with zeros on the left.
        min_sequence_length : int, optional
            Drop windows with fewer items than this.
        step_size : int, optional
            Items between the ends of two windows; `max_sequence_length` if left out.

        Returns
        -------
        SequenceInteractions
            Users ascending, a user's latest window first.

        Raises
        ------
        InputError
            If there are no timestamps, an item has id 0 (the padding), a length or step is
            below 1, or no window could be as long as `min_sequence_length`.
        """
        step_size = max_sequence_length if step_size is None else step_size
        self._check_windows(max_sequence_length, min_sequence_length or 0, step_size)

        order = self._by_user_and_time()
        users, starts, counts = np.unique(
            self.user_ids[order], return_index=True, return_counts=True
        )
        n_windows = -(-counts // step_size)
        window = np.arange(n_windows.sum()) - np.repeat(n_windows.cumsum() - n_windows, n_windows)
        available = np.repeat(counts, n_windows) - window * step_size  # items up to the end
        lengths = np.minimum(available, max_sequence_length)
        sequences = _windows_ending_at(
            self.item_ids[order],
            np.repeat(starts, n_windows) + available,
            lengths,
            max_sequence_length,
        )
        kept = lengths >= (min_sequence_length or 0)
        return SequenceInteractions(
            sequences[kept],
            user_ids=np.repeat(users, n_windows).astype(np.int32)[kept],
            num_items=self.num_items,
        )

    def _by_user_and_time(self) -> NDArray[np.int64]:
        if self.timestamps is None:
            raise InputError(
                "Sequences are in order of time, but these interactions have no timestamps; "
                "give Interactions(..., timestamps=...)."
            )
        return np.lexsort((self.timestamps, self.user_ids))

    def _check_windows(self, longest: int, shortest: int, step_size: int) -> None:
        if (self.item_ids == 0).any():
            raise InputError("Item id 0 is the padding of sequences; number the items from 1.")
        if longest < 1 or step_size < 1:
            raise InputError(
                f"max_sequence_length={longest} and step_size={step_size}: both must be at least 1."
            )
        if shortest > longest:
            raise InputError(
                f"min_sequence_length={shortest} is above max_sequence_length={longest}: "
                "no window can be that long."
            )


class SequenceInteractions:
    """Interactions as a matrix of sequences.

    Parameters
    ----------
    sequences : array of int32 (n_sequences, max_sequence_length)
        Item ids, oldest first, padded with zeros on the left.
    user_ids : array of int32 (n_sequences,), optional
        Whose sequence each row is.
    num_items : int, optional
        Number of items in all; the largest id plus one if left out.

    Attributes
    ----------
    sequences, user_ids, num_items
        As given.
    max_sequence_length : int
        Width of `sequences`.
    """

    def __init__(
        self,
        sequences: NDArray[Any],
        user_ids: NDArray[Any] | None = None,
        num_items: int | None = None,
    ) -> None:
        self.sequences = np.asarray(sequences)
        self.user_ids = _array_or_none(user_ids)
        self.max_sequence_length = self.sequences.shape[1]
        self.num_items = _count_from(self.sequences, "item") if num_items is None else num_items

    def __repr__(self) -> str:
        n_sequences, length = self.sequences.shape
        return (
            f"<Sequence interactions dataset ({n_sequences} sequences x {length} sequence length)>"
        )


def check_ids(ids: NDArray[Any], count: int, kind: str) -> None:
    """Refuse ids outside 0 to `count` - 1.

    Parameters
    ----------
    ids : array of integers
    count : int
        Number of users or items.
    kind : str
        "user" or "item", for the message.

    Raises
    ------
    InputError
        Naming the smallest and the largest id given and the range allowed.
    """
    if ids.size and not (ids.min() >= 0 and ids.max() < count):
        raise InputError(
            f"{kind} ids from {ids.min()} to {ids.max()} were given, but with {count} {kind}s "
            f"they must lie between 0 and {count - 1}; declare more {kind}s or renumber them."
        )


def _array_or_none(values: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if values is None else np.asarray(values)


def _count_from(ids: NDArray[Any], kind: str) -> int:
    if not ids.size:
        raise InputError(
            f"There are no interactions to count {kind}s from; give num_{kind}s yourself."
        )
    return int(ids.max()) + 1


def _windows_ending_at(
    items: NDArray[Any], ends: NDArray[np.int64], lengths: NDArray[np.int64], width: int
) -> NDArray[np.int32]:
    padded = np.concatenate([np.zeros(width, np.int32), items.astype(np.int32)])
    windows = sliding_window_view(padded, width)[ends]
    windows[np.arange(width) < width - lengths[:, np.newaxis]] = 0
    return windows
