"""Named arrays in one file: the safetensors format, read through a memory map.

Format: https://huggingface.co/docs/safetensors. Writing is the safetensors library's; reading is
a header and a view, done here so that serving needs numpy alone and copies nothing.
"""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Arrays = dict[str, "NDArray[Any]"]

_DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
    "U8": np.dtype("u1"),
}
_LENGTH_BYTES = 8
_HEADER_LIMIT = 100_000_000  # bytes; the format's own bound


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays; the same arrays give the same bytes."""
    from safetensors.numpy import save  # noqa: PLC0415  serving does without it

    # Not its save_file, which makes files that only their owner may read.
    path.write_bytes(save({name: np.ascontiguousarray(each) for name, each in arrays.items()}))


def read(path: Path) -> Arrays:
    """Return the file's arrays as read-only views of a memory map.

    Raises
    ------
    ArtifactError
        If the file is missing or not of the format.
    """
    try:
        # As a plain array: each view of a memmap object costs a microsecond more.
        return _views(np.asarray(np.memmap(path, dtype=np.uint8, mode="r")))
    except OSError as error:
        raise ArtifactError(f"{path.name} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(f"{path.name} is not a safetensors file: {error}") from None


def _views(data: NDArray[np.uint8]) -> Arrays:
    length = int.from_bytes(data[:_LENGTH_BYTES].tobytes(), "little")
    start = _LENGTH_BYTES + length
    if length > _HEADER_LIMIT or start > data.size:
        raise ValueError(f"header of {length} bytes in a file of {data.size}")
    header = json.loads(data[_LENGTH_BYTES:start].tobytes())
    return {
        name: _view(data[start:], name, entry)
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _view(body: NDArray[np.uint8], name: str, entry: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape = _DTYPES[entry["dtype"]], tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= body.size or end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"array {name!r} of shape {shape} at bytes {begin} to {end}")
    return body[begin:end].view(dtype).reshape(shape)


def pack_strings(name: str, strings: Sequence[str]) -> Arrays:
    """Return strings as two arrays: UTF-8 bytes, and where each string begins and ends.

    Returns
    -------
    dict
        ``{name}.bytes``: uint8 (n_bytes,); ``{name}.offsets``: int64 (n_strings + 1,).
    """
    encoded = [string.encode() for string in strings]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(item) for item in encoded], out=offsets[1:])
    return {
        f"{name}.bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        f"{name}.offsets": offsets,
    }


def unpack_strings(name: str, arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return the strings that :func:`pack_strings` packed."""
    data = arrays[f"{name}.bytes"].tobytes()
    offsets = arrays[f"{name}.offsets"].tolist()
    return [data[begin:end].decode() for begin, end in itertools.pairwise(offsets)]
